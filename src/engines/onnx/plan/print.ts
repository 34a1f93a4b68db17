import type { Graph } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import { layoutOfImages, type MapLayout } from '../write/map-layout.js';
import { type PlacedTrace, remarkOn } from './placement.js';
import { planTrainingStep } from './plan.js';
import { alignedLines, type PlanLine } from './plan-line.js';
import { THREAD_COSTS } from './thread-costs.js';
import { fastestThreads } from './thread-model.js';
import { workOf } from './threads.js';
import { type Operation, traceGraph } from './trace.js';

/**
 * How a training step of a network is computed, as text: an operation a line, in the order of the forward pass.
 * @param batch images that are computed at once
 * @param channelBlock channels in a block of the layout that ONNX Runtime has for the processor, null for programs that do
 * without: see `placeOperations`. The text depends on nothing of the machine that it is made on.
 */
export function printPlan(graph: Graph, batch: number, channelBlock: number | null): string {
  const trace = planTrainingStep(traceGraph(graph), batch, channelBlock);
  const head = `${graph.name}: ${describeBlocks(trace, batch)}; ${describeThreads(graph, trace)}`;
  return `${head}\n${alignedLines(planLines(graph, trace))}`;
}

/** Cores of machines for which a plan says how many threads it takes of them. */
const CORES = [2, 8, 64];

function describeThreads(graph: Graph, trace: PlacedTrace): string {
  const work = workOf(graph, trace, trace.batch);
  const taken = CORES.map((cores) => `${fastestThreads(work, cores, THREAD_COSTS.train)} of ${cores}`);
  return `threads: ${taken.join(', ')} cores`;
}

function describeBlocks({ batch, blocks }: PlacedTrace, images: number): string {
  const filled = batch > images ? ` and ${batch - images} that fill up blocks` : '';
  const step = `a step of ${images}${filled}`;
  return blocks.channels === 1
    ? step
    : `${step}, in blocks of ${blocks.images} x ${blocks.channels} channels`;
}

/** A plan in words, an operation a line. */
export function planLines(graph: Graph, trace: PlacedTrace): PlanLine[] {
  const macs = new Map(graph.nodes.map((node) => [node.name, node.macs * trace.batch]));
  const made = new Map<number, MapLayout>([[trace.input.id, layoutOfImages(trace.blocks)]]);
  return trace.operations.map((operation) => {
    const { layer, kind, output } = operation;
    const line = {
      layer,
      operator: kind,
      formulation: remarkOn(trace, operation),
      reads: readsOf(trace, operation, made),
      writes: trace.placements.get(operation)!.output,
      output: shapeOf(output),
      macs: macs.get(layer) || null,
    };
    // Further operations of the layer have no part in its figure.
    macs.delete(layer);
    made.set(output.id, line.writes);
    return line;
  });
}

/** @param made the layouts in which values were computed */
function readsOf(
  { placements }: PlacedTrace,
  operation: Operation,
  made: ReadonlyMap<number, MapLayout>,
): string {
  const layouts = placements.get(operation)!.inputs;
  const texts = operation.inputs.map(({ id }, i) => {
    const from = made.get(id)!;
    return from === layouts[i] ? from : `${layouts[i]} (from ${from})`;
  });
  return [...new Set(texts)].join(', ');
}

/** Channels last, as everywhere outside the engine. */
function shapeOf({ shape: [channels, ...extents] }: Value): string {
  return [...extents, channels].join('x');
}
