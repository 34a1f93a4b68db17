/**
 * Trains steps on a device and looks at something, in this process; the argument is a Steps as JSON. Prints JSON: for
 * `memory` a list of MemoryAt, for `kinds` a list of KindTime.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '../../src/base/random.js';
import { sizeOf } from '../../src/base/tensor.js';
import type { Batch, TrainingProgram } from '../../src/engines/engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { buildGraph } from '../../src/models/build.js';
import { dropoutsOf } from '../../src/models/graph/graph.js';
import { initialWeights } from '../../src/models/graph/initial-weights.js';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { adapterMemory } from './adapter.js';

export interface Steps {
  readonly look: 'memory' | 'kinds';
  readonly model: string;
  readonly device: string;
  readonly batchSize: number;
  readonly steps: number;
}

/** What is in use after so many steps. */
export interface MemoryAt {
  readonly step: number;
  readonly processBytes: number;
  /** Of the card, by all programs; null where nobody tells. */
  readonly adapterBytes: number | null;
}

/** The time of one kind of ONNX node in a step. */
export interface KindTime {
  readonly kind: string;
  /** Nodes a step. */
  readonly nodes: number;
  /** Milliseconds a step in which the processor was at work on them: on a GPU, handing them over. */
  readonly hostMs: number;
  /** Milliseconds a step of the GPU's own clock; null where ONNX Runtime's profile has none. */
  readonly gpuMs: number | null;
}

const wish = JSON.parse(process.argv[2]!) as Steps;
const spec = loadModel(wish.model);
const graph = buildGraph(spec);
const optimizer = optimizerOf(spec);

function randomBatch(seed: number): Batch {
  const { batchSize } = wish;
  const random = randomStream(seed, 'steps');
  const filled = (length: number, most: number) => new Uint8Array(length).map(() => random.below(most));
  return {
    pixels: filled(batchSize * sizeOf(graph.input), 256),
    labels: new Int32Array(batchSize).map(() => random.below(graph.classes)),
    count: batchSize,
    masks: new Map(dropoutsOf(graph).map(({ name, shape }) => [name, filled(batchSize * sizeOf(shape), 2)])),
  };
}

async function train(program: TrainingProgram, steps: number): Promise<void> {
  for (let done = 0; done < steps; done += program.stepsPerCall) {
    const count = Math.min(program.stepsPerCall, steps - done);
    const batches = Array.from({ length: count }, (_, i) => randomBatch(i));
    await program.train(
      batches,
      batches.map(() => 1e-4),
    );
  }
}

async function withProgram<T>(work: (program: TrainingProgram) => Promise<T>, profile?: string): Promise<T> {
  const engine = await createOnnxEngine({ device: wish.device, profile });
  const program = await engine.trainingProgram(graph, { batchSize: wish.batchSize, optimizer });
  await program.load({ weights: initialWeights(graph, 1), slots: new Map(), step: 0 });
  try {
    return await work(program);
  } finally {
    await program.dispose();
    await engine.dispose();
  }
}

const LOOKS = 10;

function memory(): Promise<MemoryAt[]> {
  return withProgram(async (program) => {
    const found: MemoryAt[] = [];
    for (let look = 1; look <= LOOKS; look++) {
      await train(program, Math.round(wish.steps / LOOKS));
      found.push({
        step: Math.round((look * wish.steps) / LOOKS),
        processBytes: process.memoryUsage.rss(),
        adapterBytes: adapterMemory(),
      });
    }
    return found;
  });
}

/** An event of ONNX Runtime's profile; microseconds. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** Of all steps: the first ones, which fault memory in and compile shaders, are left out. */
async function kinds(): Promise<KindTime[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-profile-'));
  try {
    await withProgram((program) => train(program, wish.steps), join(folder, 'step'));
    const events = readdirSync(folder).flatMap(
      (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[],
    );
    return kindsOf(events, wish.steps / 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A node's kind, in an event of the processor's or of the GPU's, whose names are `node&kind&shader`. */
const KINDS = {
  hostMs: ({ cat, name, args }: ProfileEvent) =>
    cat === 'Node' && name.endsWith('_kernel_time') ? (args?.op_name ?? null) : null,
  gpuMs: ({ cat, name }: ProfileEvent) => (cat === 'Api' ? (name.split('&')[1] ?? name) : null),
};

/** Steps are alike: of each kind's events the later half is that of the later half of the steps. */
function kindsOf(events: readonly ProfileEvent[], steps: number): KindTime[] {
  const [host, gpu] = [KINDS.hostMs, KINDS.gpuMs].map((kindOf) => {
    const byKind = new Map<string, number[]>();
    for (const event of events) {
      const kind = kindOf(event);
      if (kind === null) continue;
      if (!byKind.has(kind)) byKind.set(kind, []);
      byKind.get(kind)!.push(event.dur / 1000);
    }
    return new Map([...byKind].map(([kind, all]) => [kind, all.slice(all.length >> 1)]));
  });
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / steps;
  const rows = [...new Set([...host!.keys(), ...gpu!.keys()])].map((kind): KindTime => {
    const [onHost = [], onGpu] = [host!.get(kind), gpu!.get(kind)];
    return { kind, nodes: onHost.length / steps, hostMs: sum(onHost), gpuMs: onGpu ? sum(onGpu) : null };
  });
  const weight = ({ hostMs, gpuMs }: KindTime): number => (gpu!.size > 0 ? (gpuMs ?? 0) : hostMs);
  return rows.sort((a, b) => weight(b) - weight(a));
}

process.stdout.write(`${JSON.stringify(await (wish.look === 'memory' ? memory() : kinds()))}\n`);
