import { maxOf } from '../../base/extremes.js';
import type { Tensor } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import { alignCells, type Block, MOST_COLUMNS, matrixLines, numberWriter, sideBySide } from './matrix.js';

/** More matrices than this are not drawn. */
const MOST_BLOCKS = 16;

/** A batch of maps [N, H, W, C] or vectors [N, F] as lines: a matrix a channel, side by side. */
export function batchLines({ shape, data }: Tensor, isBatch: boolean, width: number): string[] {
  const [count, ...rest] = shape;
  if (rest.length === 1) return vectorLines(shape, data, isBatch, width);
  const [height, columns, channels] = rest as [number, number, number];
  const style = { write: numberWriter(data), width };
  const all = count! * channels;
  const blocks = Array.from({ length: Math.min(all, MOST_BLOCKS) }, (_, i): Block => {
    const [image, channel] = [Math.floor(i / channels), i % channels];
    const offset = image * height * columns * channels + channel;
    const names = [...(isBatch ? [`image ${image}`] : []), ...(channels > 1 ? [`channel ${channel}`] : [])];
    const lines = matrixLines({ shape, data }, [height, columns], offset, channels, style);
    return { title: names.join(', '), lines };
  });
  return [...sideBySide(blocks, width), ...more(all - blocks.length, 'matrix', 'matrices')];
}

/** Vectors, a line each; a long one goes on in the next line. */
function vectorLines(
  shape: readonly number[],
  data: Float32Array,
  isBatch: boolean,
  width: number,
): string[] {
  const [count, size] = shape as [number, number];
  const write = numberWriter(data);
  const images = Math.min(count, MOST_BLOCKS);
  const lines = Array.from({ length: images }, (_, image) => {
    const values = Array.from(data.subarray(image * size, (image + 1) * size), write);
    const title = isBatch && size > 1 ? [`image ${image}`] : [];
    return [...title, ...wrapped(values, width)];
  }).flat();
  return [...lines, ...more(count - images, 'image')];
}

/** So many values of a vector are drawn. */
const MOST_OF_VECTOR = 200;

function wrapped(values: readonly string[], width: number): string[] {
  const shown = values.slice(0, MOST_OF_VECTOR);
  const widest = maxOf(shown.map(({ length }) => length)) + 2;
  const perLine = Math.max(1, Math.min(MOST_COLUMNS, Math.floor((Math.min(width, 120) + 2) / widest)));
  const rows: string[][] = [];
  for (let i = 0; i < shown.length; i += perLine) {
    const row = shown.slice(i, i + perLine);
    // A short last line keeps its columns.
    rows.push(rows.length > 0 ? [...row, ...Array<string>(perLine - row.length).fill('')] : row);
  }
  return [...alignCells(rows).map((line) => line.trimEnd()), ...more(values.length - shown.length, 'value')];
}

/** A weight as Keras stores it: a kernel as a matrix a filter and channel, what is shorter as a matrix or vector. */
export function weightLines({ shape, data }: Tensor, width: number): string[] {
  const style = { write: numberWriter(data), width };
  if (shape.length === 1) return wrapped(Array.from(data, style.write), width);
  if (shape.length === 2) return matrixLines({ shape, data }, shape as [number, number], 0, 1, style);
  const [height, columns, ...rest] = shape as [number, number, ...number[]];
  const stride = rest.reduce((product, extent) => product * extent, 1);
  const filters = rest.at(-1)!;
  // Filter by filter, in each channel by channel: as a kernel is typed.
  const blocks = Array.from({ length: Math.min(stride, MOST_BLOCKS) }, (_, i): Block => {
    const channels = stride / filters;
    const [filter, channel] = [Math.floor(i / channels), i % channels];
    const offset = rest.length === 1 ? i : channel * filters + filter;
    return {
      title: rest.length === 1 ? `pair ${i}` : kernelTitle(filter, channel, rest as [number, number]),
      lines: matrixLines({ shape, data }, [height, columns], offset, stride, style),
    };
  });
  return [...sideBySide(blocks, width), ...more(stride - blocks.length, 'matrix', 'matrices')];
}

function kernelTitle(
  filter: number,
  channel: number,
  [channels, filters]: readonly [number, number],
): string {
  const names = [
    ...(filters > 1 ? [`filter ${filter}`] : []),
    ...(channels > 1 ? [`channel ${channel}`] : []),
  ];
  return names.join(', ');
}

function more(count: number, one: string, many?: string): string[] {
  return count > 0
    ? [`... and ${counted(count, one, many)} more (${setting('format', 'json')} has all)`]
    : [];
}
