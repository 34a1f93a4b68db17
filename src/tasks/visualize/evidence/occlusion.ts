import { UsageError } from '../../../base/errors.js';
import { maxOf } from '../../../base/extremes.js';
import { opaqueRaster, type Raster } from '../../../base/raster.js';
import { setting } from '../../../base/text/settings.js';
import { requireImages } from '../../../data/image-reader.js';
import type { DataNotice } from '../../../data/sets/dataset.js';
import type { InferenceProgram } from '../../../engines/engine.js';
import { type Graph, withoutAuxiliaries } from '../../../models/graph/graph.js';
import { windowGeometry } from '../../../models/graph/window.js';
import { openNetwork } from '../../../training/evaluation/network.js';
import { classNamed } from '../classes.js';
import { type PictureRequest, pictureFor } from '../picture.js';
import type { Computing } from '../settings.js';
import { running, withProgram } from '../watch.js';

/** What `visualize occlusion` was asked for. */
export interface OcclusionRequest extends Computing, PictureRequest {
  /** Pixels of the square's side; a quarter of the picture's shorter side where absent. */
  readonly size?: number;
  /** A label or a number; the class that the picture is taken for where absent. */
  readonly class?: string;
  /** A file of other weights. */
  readonly weights?: string;
}

/** How probable a class stays while a square covers parts of a picture. */
export interface Occlusion {
  readonly model: string;
  /** null of a MODEL. */
  readonly run: string | null;
  readonly image: string;
  /** The number of the class, and its label. */
  readonly class: number;
  readonly label: string;
  /** Of the class, with nothing covered. */
  readonly probability: number;
  /** Pixels of the square's side, and how far it moves. */
  readonly size: number;
  readonly stride: number;
  /** What the square is filled with, a byte a channel: what the network sees as 0. */
  readonly fill: readonly number[];
  /** [rows][columns]: the probability with the square's corner at row x stride, column x stride. */
  readonly map: readonly (readonly number[])[];
  /** The class that is the most probable with the square there, by its number: [rows][columns]. */
  readonly predicted: readonly (readonly number[])[];
  readonly picture: Raster;
}

/** The square's places in one direction are about so many at most. */
const MOST_PLACES = 28;
const BATCH = 32;

/**
 * Slides a square over a picture and asks at each place how probable a class still is: where it falls, the evidence was
 * (M. Zeiler and R. Fergus 2014).
 * @param argument a RUN, or a MODEL with the weights that training would begin with
 * @throws UsageError for a square or class that there cannot be; WorkError for what is no picture
 */
export async function occlude(
  argument: string,
  image: string,
  request: OcclusionRequest,
  notify: (notice: DataNotice) => void = () => {},
): Promise<Occlusion> {
  await requireImages([image]);
  const network = await openNetwork(argument, request.weights, notify);
  const { weights, name, classes, run } = network;
  const graph = withoutAuxiliaries(network.graph);
  const asked = request.class === undefined ? undefined : classNamed(request.class, classes);
  const { size, stride } = squareOf(graph, request.size, argument);
  const pixels = await pictureFor(network, image, request, notify);
  const fill = fillOf(graph);
  const covered = coverings(pixels, graph, size, stride, fill);
  const probabilities = await running(request, graph, weights, (engine) =>
    withProgram(engine, { batchSize: BATCH }, (program) =>
      probabilitiesOf(program, graph, [pixels, ...covered.pictures], notify),
    ),
  );
  const [free, ...rest] = probabilities as [Float32Array, ...Float32Array[]];
  const target = asked ?? largest(free);
  const inRows = <T>(values: readonly T[]): T[][] =>
    Array.from({ length: covered.rows }, (_, y) =>
      values.slice(y * covered.columns, (y + 1) * covered.columns),
    );
  return {
    model: name,
    run: run && argument,
    image,
    class: target,
    label: classes[target]!,
    probability: free[target]!,
    size,
    stride,
    fill,
    map: inRows(rest.map((one) => one[target]!)),
    predicted: inRows(rest.map(largest)),
    picture: opaqueRaster(pixels, graph.input[1], graph.input[0]),
  };
}

/** @throws UsageError for a square that is larger than the picture */
function squareOf(
  { input }: Graph,
  wanted: number | undefined,
  network: string,
): { size: number; stride: number } {
  const [height, width] = input;
  const shorter = Math.min(height, width);
  const size = wanted ?? Math.max(1, Math.round(shorter / 4));
  if (size > shorter)
    throw new UsageError(
      `${setting('size', size)}: pictures of ${network} have ${width}x${height} pixels, so a square of at most ${shorter} fits.`,
    );
  return { size, stride: Math.max(1, Math.ceil((Math.max(height, width) - size) / MOST_PLACES)) };
}

/** Bytes that become 0, or as near to it as bytes can. */
function fillOf({ pixels: { scale, offset, channelOrder } }: Graph): number[] {
  const fill = scale.map((one, c) => Math.min(255, Math.max(0, Math.round(-offset[c]! / one))));
  // Of a picture, whose channels may be the other way round.
  return channelOrder === 'bgr' ? fill.reverse() : fill;
}

interface Coverings {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly pictures: readonly Uint8Array[];
}

function coverings(
  pixels: Uint8Array,
  { input }: Graph,
  size: number,
  stride: number,
  fill: readonly number[],
): Coverings {
  const [rows, columns] = windowGeometry(input, { size, strides: stride, padding: 'valid' }).output;
  const pictures = Array.from({ length: rows * columns }, (_, i) => {
    const [top, left] = [Math.floor(i / columns) * stride, (i % columns) * stride];
    return coveredAt(pixels, input, [top, left], size, fill);
  });
  return { rows, columns, pictures };
}

/** A picture with a square on it. */
function coveredAt(
  pixels: Uint8Array,
  [, width, channels]: readonly number[],
  [top, left]: readonly [number, number],
  size: number,
  fill: readonly number[],
): Uint8Array {
  // What libraries of pictures give is a Buffer, whose slice() would be the same memory.
  const covered = new Uint8Array(pixels);
  for (let y = top; y < top + size; y++) {
    for (let x = left; x < left + size; x++) covered.set(fill, (y * width! + x) * channels!);
  }
  return covered;
}

async function probabilitiesOf(
  program: InferenceProgram,
  { input, classes }: Graph,
  pictures: readonly Uint8Array[],
  notify: (notice: DataNotice) => void,
): Promise<Float32Array[]> {
  const imageSize = input[0] * input[1] * input[2];
  const found: Float32Array[] = [];
  for (let from = 0; from < pictures.length; from += BATCH) {
    const part = pictures.slice(from, from + BATCH);
    const pixels = new Uint8Array(BATCH * imageSize);
    part.forEach((picture, i) => {
      pixels.set(picture, i * imageSize);
    });
    const batch = { pixels, labels: new Int32Array(BATCH), count: part.length, masks: new Map() };
    const { probabilities } = await program.run(batch);
    part.forEach((_, i) => {
      found.push(probabilities.slice(i * classes, (i + 1) * classes));
    });
    notify({
      kind: 'progress',
      task: 'Covering',
      done: found.length,
      total: pictures.length,
      unit: 'images',
    });
  }
  return found;
}

function largest(values: Float32Array): number {
  return values.indexOf(maxOf(values));
}

/** For each pixel, [height * width], by how much the class falls on average while a square covers it; 0 of pixels never covered. */
export function dropsOf({
  map,
  size,
  stride,
  probability,
  picture: { width, height },
}: Occlusion): Float32Array {
  const [sums, counts] = [new Float32Array(width * height), new Uint16Array(width * height)];
  map.forEach((row, r) => {
    row.forEach((value, c) => {
      for (let y = r * stride; y < r * stride + size; y++) {
        for (let x = c * stride; x < c * stride + size; x++) {
          sums[y * width + x]! += probability - value;
          counts[y * width + x]!++;
        }
      }
    });
  });
  return sums.map((sum, i) => (counts[i] === 0 ? 0 : sum / counts[i]!));
}
