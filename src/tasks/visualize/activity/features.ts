import { opaqueRaster, type Raster } from '../../../base/raster.js';
import { requireImages } from '../../../data/image-reader.js';
import type { DataNotice } from '../../../data/sets/dataset.js';
import { buildGraph } from '../../../models/build.js';
import { type Graph, type GraphNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import { loadModel } from '../../../models/zoo.js';
import { type Range, rangeOf, scaledTile, strided, tileOf } from '../../../rasters/tiles.js';
import { isModel } from '../../../runs/argument.js';
import { openRun } from '../../../runs/run-reader.js';
import { openNetwork } from '../../../training/evaluation/network.js';
import { requireChannels } from '../channels.js';
import { extentsOf, layerNamed } from '../layers.js';
import { type PictureRequest, pictureFor } from '../picture.js';
import type { Computing } from '../settings.js';
import { type Running, running, withProgram } from '../watch.js';

/** Whether all maps share one range from black to white, or each has its own. */
export type Scale = 'own' | 'shared';

/** What `visualize features` was asked for. */
export interface FeaturesRequest extends Computing, PictureRequest {
  readonly layer?: string;
  /** Which maps; all of them where absent. */
  readonly channels?: readonly number[];
  /** `own` where absent. */
  readonly scale?: Scale;
  /** A file of other weights. */
  readonly weights?: string;
}

/** What a layer makes of an image. */
export interface FeatureMaps {
  readonly model: string;
  /** null of a MODEL, whose weights are those that training would begin with. */
  readonly run: string | null;
  /** Which weights: "best, of epoch 3". */
  readonly origin: string;
  readonly image: string;
  readonly layer: string;
  readonly kind: string;
  /** [H, W, C] or [F] */
  readonly shape: readonly number[];
  /** As the network sees it. */
  readonly input: Raster;
  readonly scale: Scale;
  /** How many maps there are, those that are not shown included. */
  readonly depth: number;
  /** One for each channel that is shown; of a vector one pixel for each value. */
  readonly maps: readonly (Range & { readonly index: number; readonly tile: Raster })[];
}

/**
 * Passes an image through a network up to a layer; the default is the first convolution.
 * @param argument a RUN, or a MODEL with the weights that training would begin with
 * @throws UsageError for a layer or channel that there is not; WorkError for what is no picture.
 */
export async function featureMaps(
  argument: string,
  image: string,
  request: FeaturesRequest,
  notify: (notice: DataNotice) => void = () => {},
): Promise<FeatureMaps> {
  await requireImages([image]);
  const network = await openNetwork(argument, request.weights, notify);
  const { graph, weights, name, origin, run } = network;
  const node = layerOf(graph, request.layer);
  const [, , depth] = extentsOf(node);
  requireChannels(request.channels ?? [], depth, 'channels', `${node.name} of ${argument}`);
  const pixels = await pictureFor(network, image, request, notify);
  const [height, width] = graph.input;
  const values = await running(request, graph, weights, (engine) => activationsOf(engine, node, pixels));
  return {
    model: name,
    run: run && argument,
    origin,
    image,
    layer: node.name,
    kind: node.kind,
    shape: node.outputShape,
    input: opaqueRaster(pixels, width, height),
    scale: request.scale ?? 'own',
    depth,
    maps: mapsOf(values, node, request),
  };
}

/** The layers that can be looked at in a run or model. @throws UsageError where there is none */
export function layerNames(argument: string): string[] {
  const spec = isModel(argument) ? loadModel(argument) : openRun(argument).spec;
  return withoutAuxiliaries(buildGraph(spec)).nodes.map(({ name }) => name);
}

function layerOf(graph: Graph, name: string | undefined): GraphNode {
  if (name !== undefined) return layerNamed(graph, name);
  const { nodes } = withoutAuxiliaries(graph);
  return nodes.find(({ kind }) => kind === 'conv2d') ?? nodes[0]!;
}

function activationsOf(engine: Running, node: GraphNode, pixels: Uint8Array): Promise<Float32Array> {
  return withProgram(engine, { batchSize: 1, watch: node.name }, async (program) => {
    // The memory of a batch moves to the engine.
    const batch = { pixels: new Uint8Array(pixels), labels: new Int32Array(1), count: 1, masks: new Map() };
    return (await program.run(batch)).activations!;
  });
}

function mapsOf(
  values: Float32Array,
  node: GraphNode,
  { channels, scale }: FeaturesRequest,
): FeatureMaps['maps'] {
  const [height, width, depth] = extentsOf(node);
  const wanted = channels ?? Array.from({ length: depth }, (_, i) => i);
  const shown = wanted.map((index) => ({ index, values: strided(values, index, depth) }));
  const all = rangeOf(Float32Array.from(shown.flatMap((map) => [...map.values])));
  return shown.map(({ index, values: map }) => {
    // One value by itself is light or dark only among the others.
    const isOwn = map.length > 1 && scale !== 'shared';
    const tile = isOwn ? tileOf(map, height, width) : scaledTile(map, height, width, all);
    return { index, ...rangeOf(map), tile };
  });
}
