import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../base/tensor.js';
import type { Graph } from '../../models/graph/graph.js';
import { initialWeights } from '../../models/graph/initial-weights.js';
import type { TrainingOptions } from '../engine.js';
import { microBatchSize } from '../micro-batches.js';
import type { Abilities } from './abilities.js';
import { ort } from './library/onnxruntime.js';
import { createSession, type SessionSettings } from './library/session.js';
import { formulationOf, type PlacedTrace } from './plan/placement.js';
import { planTraining } from './plan/plan.js';
import { traceGraph } from './plan/trace.js';
import { runInPlace, stateInPlace } from './programs/in-place.js';
import { inPlaceGraph } from './programs/in-place-graph.js';
import { groupsOf, kindsOf, packGroup } from './programs/parameters.js';
import { type Feed, imageFeeds } from './programs/training-graph.js';
import { optimizerOf } from './programs/update.js';

/** Where the time of a training step goes: one row a layer, and one for what belongs to none. */
export interface StepPart {
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

/** Runs before the clock starts: the first ones fault their memory in. */
const WARM_UP = 3;
const RUNS = 5;

/** Profiles a training step on random images with ONNX Runtime's own profiler. @throws WorkError */
export async function explainStep(
  graph: Graph,
  options: TrainingOptions,
  settings: SessionSettings,
  { channelBlock }: Abilities,
): Promise<StepPart[]> {
  const size = microBatchSize(options.batchSize, options.microBatches);
  const trace = planTraining(traceGraph(graph), size, channelBlock);
  const groups = groupsOf(graph, trace, options.optimizer);
  const slots = optimizerOf(options.optimizer).slots(options.optimizer as never);
  const { optimizer } = options;
  const made = inPlaceGraph({ graph, trace, groups, slots, optimizer, parts: 1, labelSmoothing: 0 });
  const weights = initialWeights(graph, 1);
  const images = Object.fromEntries(
    imageFeeds(graph, [trace.batch]).map((feed) => [feed.name, filled(feed)]),
  );
  const state = groups.flatMap((group, i) =>
    kindsOf(group, slots).map((kind) => {
      const data = kind === 'weights' ? packGroup(group, weights) : new Float32Array(group.size);
      return [`${kind}:${i}`, new ort.Tensor('float32', data, group.dims)];
    }),
  );
  const { feeds, results } = stateInPlace(Object.fromEntries(state), made);
  const number = (value = 0) => new ort.Tensor('float32', Float32Array.of(value), []);
  const stepSize = number(1e-6).reshape([1]);
  const events = await profile(made.model, { ...settings, optimization: made.optimization }, (session) =>
    runInPlace(session, { ...feeds, ...images, stepSize }, { ...results, loss: number(), correct: number() }),
  );
  return partsOf(trace, events);
}

/** Random bytes; images that all count alike; masks that keep every other value. */
function filled({ name, dims, type }: Feed): Ort.Tensor {
  const length = sizeOf(dims);
  switch (type) {
    case 'uint8': {
      const most = name === 'pixels' ? 256 : 2;
      return new ort.Tensor(
        'uint8',
        Uint8Array.from({ length }, (_, i) => (i * 7919) % most),
        dims,
      );
    }
    case 'int32':
      return new ort.Tensor('int32', new Int32Array(length), dims);
    default:
      return new ort.Tensor('float32', new Float32Array(length).fill(1 / length), dims);
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

function partsOf(trace: PlacedTrace, events: readonly ProfileEvent[]): StepPart[] {
  const byLayer = new Map<string, { ms: number; nodes: Set<string> }>();
  for (const { name, dur } of events) {
    // Nodes that ONNX Runtime has joined begin with "fused ".
    const node = name.slice(0, -KERNEL.length).replace(/^fused /, '');
    const layer = node.lastIndexOf('/') > 0 ? node.slice(0, node.lastIndexOf('/')) : 'other';
    const part = byLayer.get(layer) ?? { ms: 0, nodes: new Set() };
    part.ms += dur / 1000 / RUNS;
    part.nodes.add(node);
    byLayer.set(layer, part);
  }
  const total = [...byLayer.values()].reduce((sum, { ms }) => sum + ms, 0);
  // As the network has them; ONNX Runtime runs nodes in an order of its own.
  const order = [
    'input',
    'weights',
    ...trace.operations.map(({ layer }) => layer),
    'loss',
    'update',
    'other',
  ];
  const parts = [...byLayer].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return parts.map(([layer, { ms, nodes }]) => {
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

/** Each once, and none that another one begins with. */
function joined(formulations: readonly string[]): string {
  const all = [...new Set(formulations)];
  return all.filter((one) => !all.some((other) => other !== one && other.startsWith(one))).join('; ');
}
