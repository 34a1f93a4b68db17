import { UsageError, WorkError } from '../../base/errors.js';
import { requireThreads } from '../../base/machine/cores.js';
import { opaqueRaster, type Raster } from '../../base/raster.js';
import { sizeOf, type Tensors } from '../../base/tensor.js';
import { nearest } from '../../base/text/nearest.js';
import { ImageReader } from '../../data/image-reader.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import { startEngine } from '../../engines/host/index.js';
import { buildGraph } from '../../models/build.js';
import { type Graph, type GraphNode, withoutAuxiliaries } from '../../models/graph/graph.js';
import { type Range, rangeOf, scaledTile, strided, tileOf } from '../../rasters/tiles.js';
import { openRun } from '../../runs/run-reader.js';
import { openRunNetwork } from '../../training/evaluation/network.js';

/** What `visualize features` was asked for, with its values read. */
export interface FeaturesRequest {
  readonly layer?: string;
  readonly invert?: boolean;
  /** Where data sets lie. */
  readonly dataDir?: string;
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
}

/** What a layer makes of an image. */
export interface FeatureMaps {
  readonly model: string;
  readonly run: string;
  readonly image: string;
  readonly layer: string;
  readonly kind: string;
  /** [H, W, C] or [F] */
  readonly shape: readonly number[];
  /** As the network sees it. */
  readonly input: Raster;
  /** One for each channel; of a vector one pixel for each value. */
  readonly maps: readonly (Range & { readonly tile: Raster })[];
}

/**
 * Passes an image through a run's network up to a layer; the default is the first convolution.
 * @throws UsageError for a layer that there is not; WorkError for what is no picture.
 */
export async function featureMaps(
  runDir: string,
  image: string,
  request: FeaturesRequest,
  notify: (notice: DataNotice) => void = () => {},
): Promise<FeatureMaps> {
  const { threads } = request;
  requireThreads(threads);
  const run = openRun(runDir);
  const { graph, weights, name } = await openRunNetwork(run);
  const node = layerOf(graph, request.layer);
  const { dataset: trainedOn } = run.info;
  const reader = new ImageReader(graph.input, { dataDir: request.dataDir, trainedOn, notify });
  const picture = await reader.read(image, request.invert);
  if ('problem' in picture) throw new WorkError(picture.problem);
  const [height, width] = graph.input;
  const input = opaqueRaster(picture.pixels, width, height);
  const values = await activationsOf({ ...request, threads, graph, weights, node, pixels: picture.pixels });
  const { name: layer, kind, outputShape: shape } = node;
  return { model: name, run: runDir, image, layer, kind, shape, input, maps: mapsOf(values, shape) };
}

/** The layers that can be looked at in a run. @throws UsageError where there is none */
export function layerNames(run: string): string[] {
  return withoutAuxiliaries(buildGraph(openRun(run).spec)).nodes.map(({ name }) => name);
}

function layerOf(graph: Graph, name: string | undefined): GraphNode {
  const { nodes } = withoutAuxiliaries(graph);
  if (name === undefined) return nodes.find(({ kind }) => kind === 'conv2d') ?? nodes[0]!;
  const found = nodes.find((node) => node.name === name);
  if (found) return found;
  const names = nodes.map((node) => node.name);
  const close = nearest(name, names);
  const way = close ? `Did you mean "${close}"? ` : '';
  throw new UsageError(`${graph.name} has no layer "${name}". ${way}Its layers are ${names.join(', ')}.`);
}

interface Work extends Omit<FeaturesRequest, 'threads'> {
  readonly threads: number | undefined;
  readonly graph: Graph;
  readonly weights: Tensors;
  readonly node: GraphNode;
  readonly pixels: Uint8Array;
}

async function activationsOf({ graph, weights, node, pixels, ...work }: Work): Promise<Float32Array> {
  const { engine, device, threads } = work;
  const started = await startEngine({ engine, device, threads });
  try {
    const program = await started.inferenceProgram(graph, { batchSize: 1, watch: node.name });
    await program.load(weights);
    // The memory of a batch moves to the engine.
    const batch = { pixels: pixels.slice(), labels: new Int32Array(1), count: 1, masks: new Map() };
    const { activations } = await program.run(batch);
    return activations!;
  } finally {
    await started.dispose();
  }
}

function mapsOf(values: Float32Array, shape: readonly number[]): FeatureMaps['maps'] {
  const [height, width, channels] =
    shape.length === 3 ? (shape as [number, number, number]) : [1, 1, sizeOf(shape)];
  const all = rangeOf(values);
  return Array.from({ length: channels }, (_, c) => {
    const map = strided(values, c, channels);
    // One value by itself is light or dark only among the others.
    const tile = map.length > 1 ? tileOf(map, height, width) : scaledTile(map, height, width, all);
    return { ...rangeOf(map), tile };
  });
}
