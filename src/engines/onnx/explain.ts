import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../base/tensor.js';
import type { Graph } from '../../models/graph/graph.js';
import { initialWeights } from '../../models/graph/initial-weights.js';
import type { TrainingOptions } from '../engine.js';
import { microBatchSize } from '../micro-batches.js';
import { ort } from './library/onnxruntime.js';
import { createSession, type SessionSettings } from './library/session.js';
import { formulationOf, type PlacedTrace } from './plan/placement.js';
import type { PlanLine } from './plan/plan-line.js';
import { planLines } from './plan/print.js';
import type { Abilities } from './programs/abilities.js';
import { inPlaceGraph, runInPlace, stateInPlace } from './programs/carriers/in-place.js';
import { type Feed, stepFeeds } from './programs/feeds.js';
import { IMAGES, NUMBERS, RESULTS } from './programs/names.js';
import { packTensor, stateTensors } from './programs/state.js';
import { type TrainingStep, trainingStepOf } from './programs/training-step.js';

/** Where the time of a training step goes: one entry a layer, and one for what belongs to none. */
export interface LayerTime {
  /** A layer, or `input`, `loss`, `update`. */
  readonly layer: string;
  /** The engine's operators in it, joined. */
  readonly operators: string;
  /** How they are computed. */
  readonly formulation: string;
  /** ONNX nodes. */
  readonly nodes: number;
  readonly ms: number;
  /** Of the whole step, 0 to 1. */
  readonly share: number;
}

/** A line of the plan with the times of its layer: on the first line of each layer, null on further ones. */
export interface TimedLine extends PlanLine {
  readonly nodes: number | null;
  readonly ms: number | null;
  readonly share: number | null;
}

export interface ExplainedStep {
  readonly layers: readonly LayerTime[];
  /** The plan as `printPlan` has it, and lines for what belongs to no layer. */
  readonly lines: readonly TimedLine[];
}

/** Runs before the clock starts: the first ones fault their memory in. */
const WARM_UP = 3;
const RUNS = 5;

/**
 * Profiles a training step on random images with ONNX Runtime's own profiler: of a batch in micro-batches one of these, and
 * an update.
 * @throws WorkError
 */
export async function explainStep(
  graph: Graph,
  options: TrainingOptions,
  settings: SessionSettings,
  abilities: Abilities,
): Promise<ExplainedStep> {
  const batchSize = microBatchSize(options.batchSize, options.microBatches);
  const step = trainingStepOf(graph, { optimizer: options.optimizer, batchSize }, abilities);
  const layers = layerTimes(step.trace, await profileStep(step, settings));
  return { layers, lines: timedLines(planLines(graph, step.trace), layers) };
}

async function profileStep(step: TrainingStep, settings: SessionSettings): Promise<ProfileEvent[]> {
  const made = inPlaceGraph(step);
  const values = { weights: initialWeights(step.graph, 1), slots: new Map() };
  const state = new Map(
    stateTensors(step).map((one) => [
      one.name,
      new ort.Tensor('float32', packTensor(one, values), one.group.dims),
    ]),
  );
  const { feeds, results } = stateInPlace(state, made);
  const images = Object.fromEntries(stepFeeds(step, [1]).map((feed) => [feed.name, filled(feed)]));
  const number = () => new ort.Tensor('float32', new Float32Array(1), []);
  const numbers = { [RESULTS.loss]: number(), [RESULTS.correct]: number() };
  return profile(made.model, { ...settings, optimization: made.optimization }, (session) =>
    runInPlace(session, { ...feeds, ...images }, { ...results, ...numbers }),
  );
}

const STEP_SIZE = 1e-6;

/** Random bytes; images that all count alike; masks that keep every other value; a small step. */
function filled({ name, dims, type }: Feed): Ort.Tensor {
  const length = sizeOf(dims);
  switch (type) {
    case 'uint8': {
      const most = name === IMAGES.pixels ? 256 : 2;
      return new ort.Tensor(
        'uint8',
        Uint8Array.from({ length }, (_, i) => (i * 7919) % most),
        dims,
      );
    }
    case 'int32':
      return new ort.Tensor('int32', new Int32Array(length), dims);
    default: {
      const value = name === NUMBERS.stepSize ? STEP_SIZE : 1 / length;
      return new ort.Tensor('float32', new Float32Array(length).fill(value), dims);
    }
  }
}

/** One kernel's run in ONNX Runtime's profile. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
}

const KERNEL = '_kernel_time';

/** @returns every kernel's runs after the warm-up */
async function profile(
  model: Uint8Array,
  settings: SessionSettings,
  run: (session: Ort.InferenceSession) => Promise<void>,
): Promise<ProfileEvent[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cnnzoo-profile-'));
  try {
    const session = await createSession(model, { ...settings, profile: join(folder, 'step') });
    for (let i = 0; i < WARM_UP + RUNS; i++) await run(session);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    const events = JSON.parse(await readFile(join(folder, file!), 'utf8')) as ProfileEvent[];
    const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith(KERNEL));
    return kernels.slice((kernels.length / (WARM_UP + RUNS)) * WARM_UP);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function layerTimes(trace: PlacedTrace, events: readonly ProfileEvent[]): LayerTime[] {
  const byLayer = nodesByLayer(events);
  const total = [...byLayer.values()].reduce((sum, { ms }) => sum + ms, 0);
  // As the network has them; ONNX Runtime runs nodes in an order of its own.
  const order = [...BEFORE, ...trace.operations.map(({ layer }) => layer), 'loss', 'update', OTHER];
  const sorted = [...byLayer].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return sorted.map(([layer, { ms, nodes }]) => {
    const own = trace.operations.filter((operation) => operation.layer === layer);
    return {
      layer,
      operators: [...new Set(own.map(({ kind }) => kind))].join(', '),
      formulation: joined(own.map((operation) => formulationOf(trace, operation))),
      nodes: nodes.size,
      ms,
      share: ms / total,
    };
  });
}

/** Nodes that stand in front of all layers, and those of which nobody knows where they belong. */
const BEFORE = ['input', 'weights'];
const OTHER = 'other';

function nodesByLayer(events: readonly ProfileEvent[]): Map<string, { ms: number; nodes: Set<string> }> {
  const byLayer = new Map<string, { ms: number; nodes: Set<string> }>();
  for (const { name, dur } of events) {
    // Nodes that ONNX Runtime has joined begin with "fused ".
    const node = name.slice(0, -KERNEL.length).replace(/^fused /, '');
    const layer = node.lastIndexOf('/') > 0 ? node.slice(0, node.lastIndexOf('/')) : OTHER;
    const entry = byLayer.get(layer) ?? { ms: 0, nodes: new Set() };
    entry.ms += dur / 1000 / RUNS;
    entry.nodes.add(node);
    byLayer.set(layer, entry);
  }
  return byLayer;
}

/** Each once, and none that another one begins with. */
function joined(formulations: readonly string[]): string {
  const all = [...new Set(formulations)];
  return all.filter((one) => !all.some((other) => other !== one && other.startsWith(one))).join('; ');
}

const NO_TIMES = { nodes: null, ms: null, share: null };

/** The plan with times beside it. What belongs to no layer stands before it and behind it. */
function timedLines(plan: readonly PlanLine[], layers: readonly LayerTime[]): TimedLine[] {
  const open = new Map(layers.map((time) => [time.layer, time]));
  const timed = plan.map((line): TimedLine => {
    const { nodes, ms, share } = open.get(line.layer) ?? NO_TIMES;
    open.delete(line.layer);
    return { ...line, nodes, ms, share };
  });
  const bare = ({ layer, nodes, ms, share }: LayerTime): TimedLine => ({
    ...{ layer, operator: '', formulation: '', reads: '', writes: '', output: '', macs: null },
    ...{ nodes, ms, share },
  });
  const [before, after] = [true, false].map((isBefore) =>
    [...open.values()].filter(({ layer }) => BEFORE.includes(layer) === isBefore).map(bare),
  );
  return [...before!, ...timed, ...after!];
}
