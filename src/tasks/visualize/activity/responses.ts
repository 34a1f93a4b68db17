import { UsageError } from '../../../base/errors.js';
import { minOf } from '../../../base/extremes.js';
import { emptyRaster, opaqueRaster, type Raster } from '../../../base/raster.js';
import { sizeOf } from '../../../base/tensor.js';
import { setting } from '../../../base/text/settings.js';
import { batches } from '../../../data/batches/batches.js';
import { requireDataset } from '../../../data/load.js';
import type { DataNotice, Split } from '../../../data/sets/dataset.js';
import { type Graph, type GraphNode, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import { evaluationImages } from '../../../training/evaluation/evaluate-run.js';
import { type Network, openNetwork } from '../../../training/evaluation/network.js';
import type { SplitName } from '../../../training/evaluation/splits.js';
import { requireChannels } from '../channels.js';
import { type Field, fieldsOf, type PixelWindow, windowAt, withinPicture } from '../fields.js';
import { extentsOf, isMap, layerNamed, learnedLayers } from '../layers.js';
import type { Computing } from '../settings.js';
import { type Running, running, watchedBatch, withProgram } from '../watch.js';
import { type Excitation, TopPlaces } from './top-places.js';

/** What `visualize responses` was asked for. */
export interface ResponsesRequest extends Computing {
  /** The default is the first convolution. */
  readonly layer?: string;
  /** All layers with a kernel, instead. */
  readonly allLayers?: boolean;
  readonly channels?: readonly number[];
  /** How many pictures of each channel. */
  readonly top?: number;
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly split: SplitName;
  /** Of the split the first so many images, at most. */
  readonly limit?: number;
  /** A file of other weights. */
  readonly weights?: string;
}

/** A place that excites a channel, and what is to be seen there. */
export interface Response extends Excitation {
  readonly name: string;
  /** What the channel sees from there, as far as it is in the picture. */
  readonly window: PixelWindow;
  /** All that it sees; transparent outside of the picture. */
  readonly patch: Raster;
}

export interface ChannelResponses {
  readonly channel: number;
  /** The strongest first. */
  readonly top: readonly Response[];
}

export interface LayerResponses {
  readonly layer: string;
  readonly kind: string;
  /** [height, width] in pixels; the whole picture of layers that see all of it. */
  readonly receptiveField: readonly [number, number];
  /** What channels stand for, by their number: classes in the last layer; null in all others. */
  readonly labels: readonly string[] | null;
  readonly channels: readonly ChannelResponses[];
}

export interface Responses {
  readonly model: string;
  readonly run: string;
  /** Which weights: "best, of epoch 3". */
  readonly origin: string;
  readonly dataset: string;
  readonly split: SplitName;
  readonly images: number;
  readonly layers: readonly LayerResponses[];
}

const TOP = 9;
/** Without a list so many channels of one layer are shown, and so many of each of all layers. */
const MOST_CHANNELS = 64;
const FEW_CHANNELS = 8;

/**
 * For each channel of a layer the pictures that excite it most, cut to what it sees (the nine of M. Zeiler and R. Fergus 2014).
 * @param argument a RUN, or a MODEL with the weights that training would begin with
 * @throws UsageError for a layer or channel that there is not; WorkError where images, weights or the device cannot be had
 */
export async function findResponses(
  argument: string,
  request: ResponsesRequest,
  notify: (notice: DataNotice) => void,
): Promise<Responses> {
  await requireDataset(request.dataset);
  const network = await openNetwork(argument, request.weights, notify);
  const nodes = nodesOf(network, argument, request);
  const { dataset, split } = await evaluationImages(network, { ...request, run: argument }, notify);
  const graph = withoutAuxiliaries(network.graph);
  const layers = await running(request, graph, network.weights, async (engine) => {
    const found: LayerResponses[] = [];
    for (const node of nodes) {
      const labels = node.name === outputNode(graph).name ? network.classes : null;
      found.push({ ...(await layerResponses(engine, node, split, request, notify)), labels });
    }
    return found;
  });
  const { name: model, origin } = network;
  return {
    model,
    run: argument,
    origin,
    dataset: dataset.name,
    split: request.split,
    images: split.count,
    layers,
  };
}

/** @throws UsageError for layers and channels that there are not */
function nodesOf({ graph }: Network, argument: string, request: ResponsesRequest): GraphNode[] {
  const { layer, allLayers, channels } = request;
  if (layer !== undefined && allLayers)
    throw new UsageError(`${setting('layer')} and ${setting('allLayers')}: give one of them.`);
  const learned = learnedLayers(graph);
  const nodes = allLayers ? learned : [layer === undefined ? learned.find(isMap) : layerNamed(graph, layer)];
  const [node] = nodes;
  if (node === undefined) {
    const names = learned.map(({ name }) => name).join(', ');
    throw new UsageError(
      `${argument} has no layer with maps; units of others see the whole picture: name one by ${setting('layer')} (${names}).`,
    );
  }
  const fewest = minOf(nodes.map((one) => extentsOf(one!)[2]));
  const which = nodes.find((one) => extentsOf(one!)[2] === fewest)!;
  requireChannels(channels ?? [], fewest, 'channels', `${which.name} of ${argument}`);
  return nodes as GraphNode[];
}

async function layerResponses(
  engine: Running,
  node: GraphNode,
  split: Split,
  request: ResponsesRequest,
  notify: (notice: DataNotice) => void,
): Promise<Omit<LayerResponses, 'labels'>> {
  const [, , depth] = extentsOf(node);
  const shown = Math.min(depth, request.allLayers ? FEW_CHANNELS : MOST_CHANNELS);
  const channels = request.channels ?? Array.from({ length: shown }, (_, i) => i);
  const places = new TopPlaces(channels, request.top ?? TOP);
  await excite(engine, node, split, places, notify);
  const { graph } = engine;
  const field = fieldsOf(graph).get(node.name)!;
  const pictures = await picturesOf(split, graph, places);
  return {
    layer: node.name,
    kind: node.kind,
    receptiveField: field ? [field[0].size, field[1].size] : [graph.input[0], graph.input[1]],
    channels: places.lists.map((list, i) => ({
      channel: channels[i]!,
      top: list.map((one) => responseOf(one, field, graph, split, pictures.get(one.image)!)),
    })),
  };
}

/** Passes all images through a layer. */
async function excite(
  engine: Running,
  node: GraphNode,
  split: Split,
  places: TopPlaces,
  notify: (notice: DataNotice) => void,
): Promise<void> {
  const [height, width, depth] = extentsOf(node);
  const size = height * width * depth;
  const batchSize = watchedBatch(node, split.count);
  await withProgram(engine, { batchSize, watch: node.name }, async (program) => {
    let image = 0;
    for await (const batch of batches(split, { batchSize, shape: engine.graph.input })) {
      const { count } = batch;
      const activations = (await program.run(batch)).activations!;
      for (let i = 0; i < count; i++) {
        places.add(image + i, activations.subarray(i * size, (i + 1) * size), width, depth);
      }
      image += count;
      notify({
        kind: 'progress',
        task: `Watching ${node.name}`,
        done: image,
        total: split.count,
        unit: 'images',
      });
    }
  });
}

/** The pixels of every picture that is to be shown, by its number. */
async function picturesOf(
  split: Split,
  { input }: Graph,
  { lists }: TopPlaces,
): Promise<Map<number, Uint8Array>> {
  const wanted = [...new Set(lists.flatMap((list) => list.map(({ image }) => image)))];
  const size = sizeOf(input);
  const pixels = new Uint8Array(wanted.length * size);
  await split.read(Uint32Array.from(wanted), pixels);
  return new Map(wanted.map((image, i) => [image, pixels.subarray(i * size, (i + 1) * size)]));
}

function responseOf(
  excitation: Excitation,
  field: Field | null,
  { input }: Graph,
  split: Split,
  pixels: Uint8Array,
): Response {
  const whole = windowAt(field, excitation.place, input);
  return {
    ...excitation,
    name: split.nameOf?.(excitation.image) ?? String(excitation.image),
    window: withinPicture(whole, input),
    patch: cutOut(opaqueRaster(pixels, input[1], input[0]), whole),
  };
}

/** A window of a picture; what it has outside of the picture is transparent. */
function cutOut(picture: Raster, window: PixelWindow): Raster {
  const [top, left, bottom, right] = window;
  const patch = emptyRaster(right - left, bottom - top);
  const [firstRow, firstColumn, endRow, endColumn] = withinPicture(window, [picture.height, picture.width]);
  for (let y = firstRow; y < endRow; y++) {
    const row = picture.pixels.subarray(
      4 * (y * picture.width + firstColumn),
      4 * (y * picture.width + endColumn),
    );
    patch.pixels.set(row, 4 * ((y - top) * patch.width + firstColumn - left));
  }
  return patch;
}
