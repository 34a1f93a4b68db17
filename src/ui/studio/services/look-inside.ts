import { WorkError } from '../../../base/errors.js';
import { opaqueRaster, type Raster, resized, tiled } from '../../../base/raster.js';
import { ImageReader } from '../../../data/image-reader.js';
import { loadDataset } from '../../../data/index.js';
import { buildGraph } from '../../../models/build.js';
import { overlaid } from '../../../rasters/heat.js';
import { rangeOf, scaledTile, strided, tileOf } from '../../../rasters/tiles.js';
import { stepLines } from '../../../report/apply/steps-text.js';
import { openRun, type Run } from '../../../runs/run-reader.js';
import type { AppliedLayer } from '../../../tasks/apply/applied.js';
import { applyLayers, type Explained } from '../../../tasks/apply/apply.js';
import { findResponses } from '../../../tasks/visualize/activity/responses.js';
import { gradcam } from '../../../tasks/visualize/evidence/gradcam.js';
import { dropsOf, occlude } from '../../../tasks/visualize/evidence/occlusion.js';
import { runMistakes } from '../../../tasks/visualize/runs/mistakes.js';
import { createTheme } from '../../../terminal/theme.js';
import type { Seen, SeenMaps, SeenMistakes, SeenValue } from '../state/look-state.js';
import type { Answers } from './answer.js';

const COMPUTING = { engine: 'auto', device: 'auto' } as const;

/** Maps are sent no larger than this: no terminal shows more. */
const LARGEST = 96;
const MOST_MISTAKES = 48;
/** Test pictures that are looked at for those that excite a channel, and how many stand beside each other. */
const MOST_PICTURES = 2000;
const ACROSS = 3;

type SeenEvidence = Answers['gradcam'];

/** A run with the weights that it has to show at some time. */
interface OfRun {
  readonly run: string;
  readonly version: string;
}

/** What the last picture came to: all layers of it, so that going through them takes no engine. */
interface Kept {
  /** As it was asked for, and of which weights. */
  readonly request: string | null;
  readonly version: string;
  readonly applied: Explained;
  readonly seen: Seen;
}

let kept: Kept | undefined;

/**
 * A picture through the whole network.
 * @param image its name, or `DATA:SPLIT:=LABEL` for the next of a class; null for the first test image of the run's data set
 * @throws UsageError for a folder that is no run; WorkError where the run or the picture cannot be read
 */
export async function seePicture(of: OfRun, image: string | null): Promise<Seen> {
  return (await passed(of, image)).seen;
}

async function passed(of: OfRun, image: string | null): Promise<Kept> {
  const { run: dir, version } = of;
  if (kept !== undefined && isOf(kept, of) && [kept.request, kept.seen.image].includes(image)) return kept;
  const run = openRun(dir);
  const { name, label } = await named(run, image ?? `${run.info.dataset.name}:test:0`);
  const applied = await applyLayers({ ...COMPUTING, layers: dir, data: [name] });
  const { input, pixels } = buildGraph(run.spec);
  const [height, width] = input;
  const reader = new ImageReader(input, {
    resize: pixels.resize,
    trainedOn: run.info.dataset,
    notify: () => {},
  });
  const picture = await reader.read(name);
  if ('problem' in picture) throw new WorkError(picture.problem);
  const output = applied.layers.at(-1)!.output.data;
  const guesses = Array.from(output, (probability, i) => ({
    label: run.info.dataset.classes[i] ?? String(i),
    probability,
  }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 10);
  const layers = applied.layers.map(({ node }) => ({
    name: node.name,
    kind: node.kind,
    shape: node.outputShape,
  }));
  const raster = opaqueRaster(picture.pixels, width, height);
  const seen = { run: dir, image: name, label, picture: smaller(raster), layers, guesses };
  kept = { request: image, version, applied, seen };
  return kept;
}

function isOf({ seen, version }: Kept, of: OfRun): boolean {
  return seen.run === of.run && version === of.version;
}

/** An image of a data set by its label, or the label of one by its number. */
async function named(run: Run, image: string): Promise<{ name: string; label: string | null }> {
  const [, dataset, part, place] = /^([\w-]+):(train|test):(\d+|=.+)$/.exec(image) ?? [];
  const { info, spec } = run;
  if (dataset === undefined || dataset !== info.dataset.name) return { name: image, label: null };
  const loaded = await loadDataset({
    name: info.dataset.request,
    explicit: true,
    dataDir: info.dataset.dataDir ?? undefined,
    shape: spec.config.input,
    classes: info.dataset.classes.length,
    notify: () => {},
  });
  const split = loaded[part === 'train' ? 'train' : 'test'];
  if (!place!.startsWith('=')) {
    const number = split.labels[Number(place)];
    return { name: image, label: number === undefined ? null : (loaded.classes[number] ?? null) };
  }
  const wanted = place!.slice(1).toLowerCase();
  const label = loaded.classes.findIndex((one) => one.toLowerCase() === wanted);
  const found = label < 0 ? -1 : split.labels.indexOf(label as never);
  if (found < 0)
    throw new WorkError(`There is no class "${place!.slice(1)}": there are ${loaded.classes.join(', ')}.`);
  return { name: `${dataset}:${part}:${found}`, label: loaded.classes[label]! };
}

function layerOf({ layers }: Explained, name: string): AppliedLayer {
  const layer = layers.find(({ node }) => node.name === name);
  if (layer === undefined) throw new WorkError(`There is no layer ${name}.`);
  return layer;
}

/** The channels of a layer, each as a picture of its own range; of a vector a value each. */
export async function seeMaps(of: OfRun, image: string, name: string): Promise<SeenMaps> {
  const { applied } = await passed(of, image);
  const { node, output } = layerOf(applied, name);
  const values = Float32Array.from(output.data);
  const [height, width, depth] =
    node.outputShape.length === 3 ? node.outputShape : [1, 1, node.outputShape[0]!];
  const maps = Array.from({ length: depth! }, (_, channel) => {
    const map = strided(values, channel, depth!);
    return { ...rangeOf(map), tile: smaller(tileOf(map, height!, width!)) };
  });
  return { layer: name, maps };
}

/** The filters of a layer with a kernel, the mean over what they read where that is not a picture in colour. */
export async function seeFilters(of: OfRun, name: string): Promise<SeenMaps> {
  const applied =
    kept !== undefined && isOf(kept, of)
      ? kept.applied
      : await applyLayers({ ...COMPUTING, layers: of.run, data: [] });
  const kernel = layerOf(applied, name).weights.get('kernel');
  if (kernel?.shape.length !== 4) throw new WorkError(`${name} has no filters: convolutions have.`);
  const [height, width, depth, count] = kernel.shape as [number, number, number, number];
  const values = Float32Array.from(kernel.data);
  const maps = Array.from({ length: count }, (_, filter) => {
    const own = strided(values, filter, count);
    const isColour = depth === 3;
    const tile = isColour ? scaledTile(own, height, width, rangeOf(own)) : tileOf(own, height, width);
    return { ...rangeOf(own), tile };
  });
  return { layer: name, maps };
}

/** How a value comes about: the window of the layer before under it, kernel and products, the sum, the activation. */
export async function seeValue(
  of: OfRun,
  image: string,
  name: string,
  place: readonly number[],
  room: { readonly width: number; readonly rows: number },
): Promise<SeenValue> {
  const { applied } = await passed(of, image);
  const layer = layerOf(applied, name);
  const [height, width] = layer.node.outputShape as [number, number];
  const [row, column, channel] = place as [number, number, number];
  const step = place.length === 3 ? channel * height * width + row * width + column : row;
  const position = { layer: applied.layers.indexOf(layer), step };
  return { lines: stepLines(applied, position, { ...room, theme: createTheme(0, true) }) };
}

/** The pictures that a run is most wrong about. */
export async function seeMistakes(dir: string): Promise<SeenMistakes> {
  const { wrong, mistakes } = await runMistakes(
    { ...COMPUTING, run: dir, split: 'test', worst: MOST_MISTAKES },
    () => {},
  );
  return { wrong, worst: mistakes.map(({ image, predicted }) => ({ image, predicted })) };
}

/** For each channel of a layer the places in test pictures that excite it most, the strongest first. */
export async function seeResponses(dir: string, layer: string): Promise<SeenMaps> {
  const request = { ...COMPUTING, layer, split: 'test', limit: MOST_PICTURES } as const;
  const { layers } = await findResponses(dir, request, () => {});
  const maps = layers[0]!.channels.map(({ top }) => {
    const values = Float32Array.from(top, ({ value }) => value);
    return {
      ...rangeOf(values),
      tile: smaller(
        tiled(
          top.map(({ patch }) => patch),
          ACROSS,
          1,
        ),
      ),
    };
  });
  return { layer, maps };
}

/** Where the evidence for the class lies that a picture is taken for, by the maps of a layer. */
export async function seeGradcam(dir: string, image: string, layer: string | null): Promise<SeenEvidence> {
  const found = await gradcam(dir, image, { ...COMPUTING, ...(layer === null ? {} : { layer }) });
  const { picture, values, label, probability } = found;
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return {
    raster: smaller(overlaid(picture, values, largest)),
    words: `Where the evidence for ${label} (${(100 * probability).toFixed(1)} %) lies, by the maps of ${found.layer} (Grad-CAM): the redder, the more.`,
  };
}

/** The same, asked by covering parts of the picture. */
export async function seeOcclusion(dir: string, image: string): Promise<SeenEvidence> {
  const occlusion = await occlude(dir, image, COMPUTING);
  const drops = dropsOf(occlusion);
  const largest = drops.reduce((most, drop) => Math.max(most, Math.abs(drop)), 0);
  const raster = overlaid(occlusion.picture, drops, largest);
  const { label, probability, size } = occlusion;
  const points = (100 * largest).toFixed(1);
  return {
    raster: smaller(raster),
    words: `Where the evidence for ${label} (${(100 * probability).toFixed(1)} %) lies: a square of ${size}x${size} pixels slides over the picture. Red: covering it costs up to ${points} points on average; blue: covering it helps.`,
  };
}

function smaller(raster: Raster): Raster {
  const scale = Math.min(1, LARGEST / Math.max(raster.width, raster.height));
  return resized(
    raster,
    Math.max(1, Math.round(raster.width * scale)),
    Math.max(1, Math.round(raster.height * scale)),
  );
}
