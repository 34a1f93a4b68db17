import type { Path } from '../base/yaml/path.js';
import type { ChannelOrder, PixelsConfig } from '../recipe/pixels.js';
import type { PixelScaling } from './graph/graph.js';

/**
 * How a network of so many channels sees pictures, by `pixels` of its config.
 * @param error makes the error of a place of the config
 * @throws UsageError for lists of another length, for what does not go together, and for colours where there are none
 */
export function pixelScaling(
  pixels: PixelsConfig,
  channels: number,
  error: (path: Path, message: string) => Error,
): PixelScaling {
  const { channelOrder, resize } = pixels;
  requireTogether(pixels, channels, error);
  const spread = (value: number | readonly number[], key: string): readonly number[] => {
    if (typeof value === 'number') return Array<number>(channels).fill(value);
    if (value.length === channels) return value;
    throw error(
      ['pixels', key],
      `pixels.${key} must be one number or a list of ${channels}, one a channel, got ${value.length}.`,
    );
  };
  const rest = { ...(channelOrder && { channelOrder }), ...(resize && { resize }) };
  if (pixels.range !== undefined) {
    const [low, high] = pixels.range;
    return { scale: spread((high - low) / 255, 'range'), offset: spread(low, 'range'), ...rest };
  }
  const { scale = '1/255' } = pixels;
  const mean = spread(pixels.mean ?? 0, 'mean');
  const std = spread(pixels.std ?? 1, 'std');
  // As 1 / (255 * std), since 1/255 itself is no number of floats.
  const factor = (s: number): number => (scale === '1/255' ? 1 / (255 * s) : scale / s);
  return { scale: std.map(factor), offset: std.map((s, c) => -mean[c]! / s + 0), ...rest };
}

function requireTogether(
  { range, scale, mean, std, channelOrder, resize }: PixelsConfig,
  channels: number,
  error: (path: Path, message: string) => Error,
): void {
  const other = Object.entries({ scale, mean, std }).find(([, value]) => value !== undefined)?.[0];
  if (range !== undefined && other !== undefined)
    throw error(
      ['pixels', other],
      `pixels.${other} and pixels.range both say what bytes become: leave one out.`,
    );
  if (channelOrder === 'bgr' && channels !== 3)
    throw error(
      ['pixels', 'channelOrder'],
      `pixels.channelOrder bgr is of pictures in colour, but the input has ${channels} ${channels === 1 ? 'channel' : 'channels'}.`,
    );
  if (resize?.crop !== undefined && resize.shorter < resize.crop)
    throw error(
      ['pixels', 'resize', 'shorter'],
      `pixels.resize.shorter must be at least crop, ${resize.crop}, got ${resize.shorter}: what is cut out must be there.`,
    );
}

/** Which channel of a picture, from 0 on, a channel of a network sees. */
export function pictureChannel(order: ChannelOrder | undefined, channel: number, channels: number): number {
  return order === 'bgr' ? channels - 1 - channel : channel;
}

/** What a network sees of a picture, [H, W, C] bytes: the values of its channels, in its order. */
export function seenValues({ scale, offset, channelOrder }: PixelScaling, bytes: Uint8Array): Float32Array {
  const channels = scale.length;
  return Float32Array.from(bytes, (_, i) => {
    const channel = i % channels;
    const byte = bytes[i - channel + pictureChannel(channelOrder, channel, channels)]!;
    return byte * scale[channel]! + offset[channel]!;
  });
}

/** Values of a network's channels, [..., C], in the order of a picture's. */
export function inPictureOrder(values: Float32Array, channels: number, order?: ChannelOrder): Float32Array {
  if (order !== 'bgr') return values;
  return values.map((_, i) => values[i - (i % channels) + pictureChannel(order, i % channels, channels)]!);
}
