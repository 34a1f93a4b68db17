import { WorkError } from '../base/errors.js';
import { type ChannelOrder, type Resize, resizeSchema } from '../recipe/pixels.js';

/** What an exported file says of the network that its weights are from (src/tasks/export/facts.ts writes it). */
export interface FileFacts {
  /** value = (byte / 255 - mean) / std, channel by channel; null where the file does not say. */
  readonly scaling: { readonly mean: readonly number[]; readonly std: readonly number[] } | null;
  /** Where its channels are not those of a picture in their order. */
  readonly channelOrder?: ChannelOrder;
  /** The rule by which pictures are brought to size; null for scaled to cover, absent where the file does not say. */
  readonly resize?: Resize | null;
  /** A label a class; null where the file does not say. */
  readonly labels: readonly string[] | null;
  /** [H, W] of the images; null where the file does not say. */
  readonly size: readonly [number, number] | null;
}

/**
 * @param said the file's metadata: texts, numbers or lists, lists also as JSON; of a file of cnnzoo's
 * @param layout the one that such a file's input has
 * @param form channels and classes of the network that the weights are for
 * @throws WorkError naming the entry that is not what such a file holds, or says that the file is of another layout
 */
export function fileFacts(
  path: string,
  said: Readonly<Record<string, unknown>>,
  layout: 'NCHW' | 'NHWC' | null,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): FileFacts {
  const entry = <T>(key: string, wanted: string, isWanted: (value: unknown) => value is T): T | null => {
    if (said[key] === undefined || said[key] === null) return null;
    const value = parsed(said[key]);
    if (isWanted(value)) return value;
    throw new WorkError(
      `${path} cannot be used: its metadata has "${key}" as ${shown(said[key])}, where ${wanted} is wanted. Export it anew.`,
    );
  };
  const inputLayout = entry('inputLayout', layout ?? 'a layout', isLayout);
  if (inputLayout !== null && layout !== null && inputLayout !== layout) {
    throw new WorkError(
      `${path} cannot be used: its input is ${inputLayout}, where ${layout} is wanted. Export it anew.`,
    );
  }
  const mean = entry('mean', `a list of ${channels} numbers`, (value) => isNumbers(value, channels));
  const std = entry(
    'std',
    `a list of ${channels} numbers other than 0`,
    (value): value is number[] => isNumbers(value, channels) && !value.includes(0),
  );
  const resize = entry('resize', 'a rule with shorter, crop and interpolation', isResize);
  const height = entry('inputHeight', 'a size', isSize);
  const width = entry('inputWidth', 'a size', isSize);
  return {
    scaling: mean && std && { mean, std },
    ...orderOf(said.inputChannels),
    ...(resize || said.preprocessing !== undefined ? { resize } : {}),
    labels: entry('labels', `a list of ${classes} texts`, (value) => isLabels(value, classes)),
    size: height && width ? [height, width] : null,
  };
}

/** A text that is JSON as what it stands for. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

const isLayout = (value: unknown): value is string => typeof value === 'string';

const isResize = (value: unknown): value is Resize => resizeSchema.safeParse(value).success;

const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

function isNumbers(value: unknown, count: number): value is number[] {
  return Array.isArray(value) && value.length === count && value.every((n) => Number.isFinite(n));
}

function isLabels(value: unknown, count: number): value is string[] {
  return Array.isArray(value) && value.length === count && value.every((label) => typeof label === 'string');
}

function orderOf(channels: unknown): Pick<FileFacts, 'channelOrder'> {
  if (channels === 'BGR') return { channelOrder: 'bgr' };
  return channels === 'RGB' ? { channelOrder: 'rgb' } : {};
}
