import { maxOf } from '../../base/extremes.js';
import { setting } from '../../base/text/settings.js';
import type { Applied } from '../../tasks/apply/applied.js';
import type { Gradient } from '../../tasks/apply/gradient.js';
import type { TableStyle } from '../table.js';
import { INDENT, indented, words } from './lines.js';
import { batchLines, weightLines } from './tensors.js';

/** Gradients of everything, and how those of the input come about. */
export function gradientSection(
  applied: Applied,
  { given, input, weights, rule, ways, ofClass }: Gradient,
  { theme, width: most }: TableStyle,
): string[] {
  const width = most - INDENT.length;
  const room = width - INDENT.length;
  const part = (title: string, lines: readonly string[]) => [theme.paint('quiet', title), ...indented(lines)];
  const ofGiven =
    ofClass === null ? 'of the output, as given' : `of the output, for the cross-entropy of class ${ofClass}`;
  const sections = [
    isOtherInTraining(applied)
      ? words('Everything is as in training: batch norm goes by the batch, dropout by the seed.', width)
      : [],
    part(ofGiven, batchLines(given, applied.isBatch, room)),
    part('of the input', batchLines(input, applied.isBatch, room)),
    ...[...weights].map(([name, weight]) => part(`of ${name}`, weightLines(weight, room))),
    ...rule.map((line) => words(line, width)),
    writeWays(ways, width),
  ];
  return [theme.paint('strong', 'gradients'), ...indented(sections.flat())];
}

/** Whether a layer gives other values in training than afterwards. */
function isOtherInTraining({ masks, layers }: Applied): boolean {
  return (masks?.size ?? 0) > 0 || layers.some(({ weights }) => weights.has('moving_mean'));
}

/** So many values of the input are written out. */
const MOST_WAYS = 32;

/** Those that get something, with their sums. */
function writeWays(all: Gradient['ways'], width: number): string[] {
  const ways = all.filter(({ value, text }) => value !== 0 || !text.endsWith(': 0'));
  const shown = ways.slice(0, MOST_WAYS);
  const places = shown.map(({ place }) => `input ${place.join(',')}`);
  const column =
    maxOf(
      places.map(({ length }) => length),
      0,
    ) + 2;
  const lines = shown.flatMap(({ text }, i) =>
    words(text, width - column).map((line, row) => (row === 0 ? places[i]! : '').padEnd(column) + line),
  );
  const rest = ways.length - shown.length;
  return rest > 0 ? [...lines, `... and ${rest} more (${setting('format', 'json')} has them)`] : lines;
}
