import { sizeOf } from '../../../base/tensor.js';
import { buildGraph } from '../../../models/build.js';
import {
  type Graph,
  type GraphNode,
  INPUT,
  type Shape,
  withoutAuxiliaries,
} from '../../../models/graph/graph.js';
import { layerDef } from '../../../models/layers/index.js';
import { loadModel } from '../../../models/zoo.js';
import { isModel } from '../../../runs/argument.js';
import { openRun } from '../../../runs/run-reader.js';
import { mergesOf } from '../merges.js';

/** What a box stands for, as far as its colour goes. */
export type Category = 'image' | 'convolution' | 'pooling' | 'dense' | 'join' | 'other';

/** One layer that is drawn, with those behind it that leave its size as it is. */
export interface Block {
  readonly name: string;
  readonly category: Category;
  /** "conv2d 3x3, batchNorm, relu" */
  readonly label: string;
  readonly shape: Shape;
  /** null for the image. */
  readonly node: GraphNode | null;
  readonly folded: readonly GraphNode[];
  /** Names of the blocks it reads. */
  readonly inputs: readonly string[];
}

/** Blocks one after another; branches go side by side from the block before them to the one after. */
export type Track = readonly (Block | Branches)[];
export interface Branches {
  /** An empty one leads straight on. */
  readonly branches: readonly Track[];
}

export interface Architecture {
  readonly graph: Graph;
  readonly blocks: readonly Block[];
  readonly track: Track;
}

export function isBranches(step: Block | Branches): step is Branches {
  return 'branches' in step;
}

/** The architecture of a MODEL or RUN argument, without classifiers that only training has. @throws UsageError */
export function readArchitecture(argument: string): Architecture {
  const spec = isModel(argument) ? loadModel(argument) : openRun(argument).spec;
  return architectureOf(buildGraph(spec, { anyHead: true }));
}

export function architectureOf(whole: Graph): Architecture {
  const graph = withoutAuxiliaries(whole);
  const blocks = blocksOf(graph);
  return { graph, blocks, track: trackOf(blocks) };
}

function blocksOf(graph: Graph): Block[] {
  const readers = new Map<string, number>();
  for (const { inputs } of graph.nodes) {
    for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  /** The first of each block's layers, the name of each layer's block. */
  const groups = new Map<string, GraphNode[]>();
  const blockOf = new Map([[INPUT, INPUT]]);
  for (const node of graph.nodes) {
    const [input] = node.inputs as readonly [string];
    const isPart = keepsSize(node) && input !== INPUT && readers.get(input) === 1;
    const first = isPart ? blockOf.get(input)! : node.name;
    if (isPart) groups.get(first)!.push(node);
    else groups.set(first, [node]);
    blockOf.set(node.name, first);
  }
  const image = {
    category: 'image',
    label: 'image',
    shape: graph.input,
    node: null,
    folded: [],
    inputs: [],
  } as const;
  return [
    { name: INPUT, ...image },
    ...[...groups.values()].map(([first, ...folded]) => blockFrom(first!, folded, blockOf)),
  ];
}

/** Whether a layer leaves its input's size as it is, value by value: flatten, batchNorm, activation, dropout. */
function keepsSize({ kind, params, macs, inputShapes, outputShape }: GraphNode): boolean {
  const def = layerDef(kind);
  const looksAround = typeof def.window?.(params as never, inputShapes) === 'object';
  return !looksAround && !def.merges && macs === 0 && sizeOf(outputShape) === sizeOf(inputShapes[0]!);
}

function blockFrom(
  node: GraphNode,
  folded: readonly GraphNode[],
  blockOf: ReadonlyMap<string, string>,
): Block {
  return {
    name: node.name,
    category: categoryOf(node),
    label: [describe(node), ...folded.map(describe)].join(', '),
    shape: node.outputShape,
    node,
    folded,
    inputs: node.inputs.map((name) => blockOf.get(name)!),
  };
}

function categoryOf({ kind, macs, params, inputShapes, outputShape }: GraphNode): Category {
  const def = layerDef(kind);
  if (def.merges) return 'join';
  const window = def.window?.(params as never, inputShapes);
  if (macs > 0) return window === 'whole' ? 'dense' : 'convolution';
  // Of those that see everything flatten keeps it all.
  const isPooling = window === 'whole' ? sizeOf(outputShape) < sizeOf(inputShapes[0]!) : window !== undefined;
  return isPooling ? 'pooling' : 'other';
}

/** "conv2d 7x7 /2, relu"; an activation by itself is called by its function. */
function describe({ kind, params, activation }: GraphNode): string {
  if (kind === 'activation') return activation;
  const { kernelSize, poolSize, strides } = params as Record<string, number | readonly number[] | undefined>;
  // Across channels a window has no sides.
  const size = kind === 'depthMaxPool' ? undefined : (kernelSize ?? poolSize);
  const words = [kind as string];
  if (size !== undefined) words.push(sides(size));
  // Pooling moves on by its own size unless it is said otherwise.
  const usual = poolSize === undefined ? '1x1' : sides(poolSize);
  if (strides !== undefined && sides(strides) !== usual) {
    words.push(`/${typeof strides === 'number' ? strides : sides(strides)}`);
  }
  return activation === 'linear' ? words.join(' ') : `${words.join(' ')}, ${activation}`;
}

function sides(value: number | readonly number[]): string {
  return typeof value === 'number' ? `${value}x${value}` : value.join('x');
}

/** Branches are told from the ways that meet again: each ends where all of them have met. */
function trackOf(blocks: readonly Block[]): Track {
  const byName = new Map(blocks.map((block) => [block.name, block]));
  const readers = new Map<string, Block[]>(blocks.map(({ name }) => [name, []]));
  for (const block of blocks) for (const name of new Set(block.inputs)) readers.get(name)!.push(block);
  const merges = mergesOf(
    blocks.map(({ name }) => ({ name, readers: readers.get(name)!.map((block) => block.name) })),
  );
  const placed = new Set<string>();
  const follow = (from: Block | undefined, stop: string | null): Track => {
    const steps: (Block | Branches)[] = [];
    for (let block = from; block && block.name !== stop && !placed.has(block.name); ) {
      placed.add(block.name);
      steps.push(block);
      const next: readonly Block[] = readers.get(block.name)!;
      const merge = merges.get(block.name) ?? null;
      if (next.length > 1) {
        steps.push({ branches: next.map((one) => (one.name === merge ? [] : follow(one, merge))) });
      }
      block = next.length === 1 ? next[0] : merge === null ? undefined : byName.get(merge);
    }
    return steps;
  };
  return follow(blocks[0], null);
}

/** The longer side of a map; 1 for a vector. */
export function sideOf(shape: Shape): number {
  return shape.length === 3 ? Math.max(shape[0]!, shape[1]!) : 1;
}
