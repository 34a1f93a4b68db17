import { listed } from '../base/text/words.js';
import { resizeWords } from '../data/pictures/cut.js';
import type { Graph, PixelScaling } from '../models/graph/graph.js';
import type { FileFacts } from './file-facts.js';

/** A network's pixels and classes once the file of its weights has been heard. */
interface HeardFacts {
  readonly pixels: PixelScaling;
  /** A label a class. */
  readonly classes: readonly string[];
  /** A sentence for everything in which the file and the network disagree: which of them counts. */
  readonly notes: readonly string[];
}

/** Relative; less is rounding, as a file has mean and std instead of factors. */
const SAME = 1e-6;
const MOST_LABELS = 4;

/**
 * What counts where a file of weights says of itself how it was trained: the file for pixels and labels, since its weights
 * have learned with them; the network for the size of images, since it is built for it.
 * @param who the network, for messages: a model or run as it was named
 * @param known the labels that it has of its own, [] where it has none
 */
export function hearFacts(
  path: string,
  facts: FileFacts,
  graph: Pick<Graph, 'input' | 'pixels'>,
  who: string,
  classes: readonly string[],
  known: readonly string[],
): HeardFacts {
  const { labels, size } = facts;
  const { input } = graph;
  const notes = pixelDifferences(path, facts, graph, who).map((sentence) => `${sentence}: the file's count.`);
  if (labels !== null && known.length > 0 && labels.join('\n') !== classes.join('\n')) {
    notes.push(
      `${path} calls its classes ${listed(labels, MOST_LABELS)}, where ${who} has ${listed(classes, MOST_LABELS)}: the file's count.`,
    );
  }
  if (size !== null && size.join() !== input.slice(0, 2).join()) {
    notes.push(
      `${path} is for images of ${size.join('x')}, where ${who} takes ${input.slice(0, 2).join('x')}: those of ${who} count.`,
    );
  }
  return {
    pixels: { ...asSaid(graph, facts), ...scalingOrOwn(facts, graph.pixels) },
    classes: labels ?? classes,
    notes,
  };
}

/** In what a file and a network disagree about pictures, sentences without their ends; none where they do not. */
export function pixelDifferences(
  path: string,
  facts: FileFacts,
  graph: Pick<Graph, 'input' | 'pixels'>,
  who: string,
): string[] {
  const { scaling } = facts;
  const { input, pixels } = graph;
  const own = scalingOf(pixels);
  const others = preparationWords(input, asSaid(graph, facts));
  const words = preparationWords(input, pixels);
  return [
    ...(scaling === null || isSameScaling(scaling, own)
      ? []
      : [
          `${path} was trained on (byte / 255 - mean) / std with ${inWords(scaling)}, where ${who} has ${inWords(own)}`,
        ]),
    ...(words === others ? [] : [`${path} takes pictures ${others}, where ${who} takes them ${words}`]),
  ];
}

/** Order and size of a network's pictures as a file says them, as far as it does. */
function asSaid({ pixels }: Pick<Graph, 'pixels'>, { channelOrder, resize }: FileFacts): PixelScaling {
  const { resize: own, ...rest } = pixels;
  const rule = resize === undefined ? own : resize;
  return { ...rest, ...(channelOrder && { channelOrder }), ...(rule ? { resize: rule } : {}) };
}

/** The file's scaling; the network's own, to the bit, where they are the same. */
function scalingOrOwn({ scaling }: FileFacts, pixels: PixelScaling): Pick<PixelScaling, 'scale' | 'offset'> {
  const { scale, offset } = pixels;
  const isOwn = scaling === null || isSameScaling(scaling, scalingOf(pixels));
  return isOwn ? { scale, offset } : pixelsOf(scaling);
}

const isSameScaling = (one: Scaling, other: Scaling): boolean =>
  isSame(one.mean, other.mean) && isSame(one.std, other.std);

type Scaling = NonNullable<FileFacts['scaling']>;

/** value = byte * scale + offset as value = (byte / 255 - mean) / std. */
export function scalingOf({ scale, offset }: Pick<PixelScaling, 'scale' | 'offset'>): Scaling {
  const std = scale.map((s) => 1 / (255 * s));
  return { mean: offset.map((o, c) => -o * std[c]! + 0), std };
}

function pixelsOf({ mean, std }: Scaling): Pick<PixelScaling, 'scale' | 'offset'> {
  return { scale: std.map((s) => 1 / (255 * s)), offset: std.map((s, c) => -mean[c]! / s) };
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, c) => Math.abs(value - b[c]!) <= SAME * Math.max(1, Math.abs(value)));

export function inWords({ mean, std }: Scaling): string {
  const list = (values: readonly number[]) =>
    (values.every((value) => value === values[0]) ? values.slice(0, 1) : values)
      .map((value) => Number(value.toPrecision(6)))
      .join(', ');
  return `mean ${list(mean)} and std ${list(std)}`;
}

/** How pictures come to a network's size and channels: "RGB, its shorter side brought to 256 pixels (bilinear, ...". */
export function preparationWords(
  [height, width]: readonly number[],
  { channelOrder = 'rgb', resize }: Pick<PixelScaling, 'channelOrder' | 'resize'>,
): string {
  const size = resize ? resizeWords([height!, width!], resize) : 'scaled to cover, cropped to the centre';
  return `in the order ${channelOrder.toUpperCase()}, ${size}`;
}
