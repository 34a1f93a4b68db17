import { renderApplied } from '../../../src/report/apply/apply.js';
import { type ApplyRequest, applyLayers, type Explained } from '../../../src/tasks/apply/apply.js';
import { createTheme } from '../../../src/terminal/theme.js';

/** What `cnnzoo apply` computes for these words and flags. */
export function apply(
  layers: string,
  data: string | readonly string[],
  flags: Partial<ApplyRequest> = {},
): Promise<Explained> {
  return applyLayers({ layers, data: [data].flat(), engine: 'onnx', device: 'cpu', ...flags });
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
export type Json = any;

/** What it prints with --json. */
export async function applyJson(...words: Parameters<typeof apply>): Promise<Json> {
  return JSON.parse(renderApplied(await apply(...words), 'json', plain()));
}

/** What it prints where there is no terminal, or in one of so many columns. */
export async function applyText(words: Parameters<typeof apply>, width?: number): Promise<string> {
  return renderApplied(await apply(...words), 'table', plain(width));
}

const plain = (width = Number.POSITIVE_INFINITY) => ({ width, theme: createTheme(0, true) });

/** The values of one channel, row by row: `9 2 / 6 3`. */
export function channelOf(values: number[][][], channel = 0): string {
  return values.map((row) => row.map((place) => place[channel]).join(' ')).join(' / ');
}
