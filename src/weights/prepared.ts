import { listed } from '../base/text/words.js';
import type { ModelSpec } from '../models/config/spec.js';
import type { Graph, PixelScaling } from '../models/graph/graph.js';
import { pixelScaling } from '../models/pixels.js';
import type { PixelsConfig } from '../recipe/pixels.js';
import type { Family } from './families/family.js';
import type { FileFacts } from './file-facts.js';
import { inWords, preparationWords, scalingOf } from './use-facts.js';

/** How pictures are prepared for a network with weights of a family. */
export interface Prepared {
  /** As a config says it. */
  readonly config: PixelsConfig;
  readonly pixels: PixelScaling;
  /** What was taken over, and what of it a config overrules. */
  readonly note: string;
}

/** Settings that say together what bytes become. */
const SCALING = ['range', 'scale', 'mean', 'std'] as const;

/**
 * The pictures of a family, or of a network that cnnzoo trained, for a network, but for what its config says itself.
 * @param own `pixels` of a config of the user's own; undefined where it says nothing, and for models of the zoo
 * @returns null where the network sees other channels than the family's pictures have
 */
export function preparedFor(
  path: string,
  { title, preparation }: Pick<Family, 'title' | 'preparation'>,
  { input }: Pick<Graph, 'input'>,
  { source }: Pick<ModelSpec, 'source'>,
  own: PixelsConfig | undefined,
): Prepared | null {
  const isForThese = [preparation.mean, preparation.std].every(
    (values) => !Array.isArray(values) || values.length === input[2],
  );
  if (!isForThese) return null;
  const ownKeys = Object.keys(own ?? {}) as (keyof PixelsConfig)[];
  const saysScaling = SCALING.some((key) => ownKeys.includes(key));
  const { channelOrder, resize, ...scaling } = preparation;
  const config: PixelsConfig = {
    ...(saysScaling ? {} : scaling),
    ...(channelOrder && { channelOrder }),
    ...(resize && { resize }),
    ...own,
  };
  const pixels = pixelScaling(config, input[2], source.error);
  const kept = ownKeys.length === 0 ? '' : ` The config's own ${listed(ownKeys)} count.`;
  const note = `${path} is ${title}, and so pictures come ${inAllWords(input, pixels)}.${kept}`;
  return { config, pixels, note };
}

/** What a file of cnnzoo's says of pictures, as that of a family; null where it says nothing. */
export function picturesOf({
  scaling,
  channelOrder,
  resize,
}: FileFacts): Pick<Family, 'title' | 'preparation'> | null {
  if (scaling === null) return null;
  const rest = { ...(channelOrder && { channelOrder }), ...(resize && { resize }) };
  const [mean, std] = [[...scaling.mean], [...scaling.std]];
  return { title: 'of a network that cnnzoo trained', preparation: { mean, std, ...rest } };
}

/**
 * `pixels` as a config of the user's own says it; a model of the zoo says how it would be trained from the start.
 * @param named the keys that the command line sets on a model of the zoo
 */
export function ownPixels(
  { config, source }: ModelSpec,
  isOfZoo: boolean,
  named: readonly string[] = [],
): PixelsConfig | undefined {
  if (isOfZoo) {
    const said = Object.entries(config.pixels).filter(([key]) => named.includes(key));
    return said.length === 0 ? undefined : Object.fromEntries(said);
  }
  const { pixels } = source.content as { pixels?: unknown };
  return pixels === undefined ? undefined : config.pixels;
}

/** A family's pictures in words, at the size for which its weights were trained. */
export function familyPictures({ preparation }: Pick<Family, 'preparation'>): string {
  const side = preparation.resize?.crop ?? 0;
  const pixels = pixelScaling(preparation, 3, (_, message) => new Error(message));
  return inAllWords([side, side, 3], pixels);
}

function inAllWords(input: readonly number[], pixels: PixelScaling): string {
  return `${preparationWords(input, pixels)}; ${valuesInWords(pixels)}`;
}

/** What bytes become: of Caffe's habit as it is usually said. */
function valuesInWords(pixels: PixelScaling): string {
  const isOfBytes = pixels.scale.every((scale) => scale === 1);
  if (!isOfBytes) return `(byte / 255 - mean) / std with ${inWords(scalingOf(pixels))}`;
  return `byte - mean with mean ${pixels.offset.map((offset) => Number((-offset).toPrecision(6))).join(', ')}`;
}
