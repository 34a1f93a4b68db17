import { maxOf } from '../../base/extremes.js';
import type { Tensor } from '../../base/tensor.js';
import { counted } from '../../base/text/words.js';
import { type Term, valueAt } from '../../models/lowering/arithmetic.js';
import type { Applied, AppliedLayer } from '../../tasks/apply/applied.js';
import { numbersOf } from '../../tasks/apply/applied.js';
import { imageOf, type ValueArithmetic } from '../../tasks/apply/at.js';
import { placeOfStep, type StepPosition, stepAt, stepCount } from '../../tasks/apply/steps.js';
import { type Windows, windowsOf } from '../../tasks/apply/windows.js';
import { textWidth, truncate } from '../../terminal/text.js';
import type { Theme } from '../../terminal/theme.js';
import { words } from './lines.js';
import { alignCells, type Block, numberWriter, sideBySide } from './matrix.js';

export interface StepStyle {
  readonly width: number;
  /** Lines that there is room for. */
  readonly rows: number;
  readonly theme: Theme;
}

/** Every step of every layer, a line each, for pipes. */
export function* stepList(applied: Applied): Generator<string> {
  for (const layer of applied.layers) {
    for (let step = 0; step < stepCount(layer); step++) {
      const { place, text } = stepAt(applied, layer, step);
      yield `${layer.node.name} at ${place.join(',')}: ${text}\n`;
    }
  }
}

/** One step as a picture of lines: the input with the window on it, kernel and products, the sum, the output as far as it is. */
export function stepLines(
  applied: Applied,
  { layer: number, step }: StepPosition,
  { theme, width, rows }: StepStyle,
): string[] {
  const layer = applied.layers[number]!;
  const at = stepAt(applied, layer, step);
  const { name, kind } = layer.node;
  const title = `${name}  ${kind}, layer ${number + 1} of ${applied.layers.length}  step ${step + 1} of ${stepCount(layer)}: ${at.place.join(',')}`;
  const text = shortened(words(at.text, width), at.text, width, theme.glyphs.ellipsis);
  const room = rows - 4 - text.length;
  const lines = [
    theme.paint('strong', truncate(title, width, theme.glyphs.ellipsis)),
    '',
    ...picture({ applied, layer, step, at, width }, room).map((line) => painted(line, width, theme)),
    '',
    ...text.map((line) => theme.paint('plain', line)),
  ];
  return lines.length < rows ? lines : [...lines.slice(0, rows - 2), theme.glyphs.ellipsis];
}

/** More lines of a formula than this are cut; what comes out of it is shown all the same. */
const MOST_FORMULA = 4;

function shortened(lines: readonly string[], text: string, width: number, mark: string): readonly string[] {
  if (lines.length <= MOST_FORMULA) return lines;
  const result = text.slice(text.indexOf(' = ') + 1);
  return [...lines.slice(0, MOST_FORMULA - 1), truncate(`${mark} ${result}`, width, mark)];
}

interface StepView {
  readonly applied: Applied;
  readonly layer: AppliedLayer;
  readonly step: number;
  readonly at: ValueArithmetic;
  readonly width: number;
}

/** The largest picture that has room: fewer rows of every map, then fewer channels, where there are many. */
function picture(view: StepView, room: number): string[] {
  let lines: string[] = [];
  for (let channels = CHANNELS; channels > 0; channels--) {
    for (let rows = VIEW; rows >= 3; rows--) {
      lines = pictureOf(view, { width: view.width, rows, channels });
      if (lines.length <= room) return lines;
    }
  }
  return lines.slice(0, Math.max(3, room));
}

/** A line of blocks a channel of the input; the output beside the first where there is room, else below it. */
function pictureOf({ applied, layer, step, at, width }: StepView, room: Room): string[] {
  const windows = windowsOf(layer);
  const output = outputBlock(layer, step, width, room.rows);
  const groups = windows ? windowBlocks(applied, layer, windows, at, room) : [];
  const [first = [], ...others] = groups;
  const lines = [[...first, output], ...others].map((group) => sideBySide(group, width, width));
  return lines.flatMap((group, i) => (i > 0 ? ['', ...group] : group));
}

/** What stands in brackets is what is looked at. */
function painted(line: string, width: number, theme: Theme): string {
  const cut = textWidth(line) > width ? truncate(line, width, theme.glyphs.ellipsis) : line;
  return cut.replace(/\[[^\]]*\]/g, (found) => theme.paint('good', found));
}

/** So many rows and columns of a map are in view at most, and so many channels. */
const VIEW = 9;
const CHANNELS = 3;

/** Figures of a value on the screen: the formula below has more. */
const FIGURES = 3;

interface Room {
  readonly width: number;
  /** Of a map. */
  readonly rows: number;
  readonly channels: number;
}

/** For each channel that has a part: the input under the window, what each place counts for, and the products. */
function windowBlocks(
  applied: Applied,
  layer: AppliedLayer,
  windows: Windows,
  { place, terms, rule }: ValueArithmetic,
  room: Room,
): Block[][] {
  const [input] = numbersOf(applied, layer, 0).inputs;
  const seen = windows.positions[place[0]! * windows.geometry.output[1] + place[1]!]!;
  const inWindow = terms.filter((term) => term.place !== null);
  const channels = [...new Set(inWindow.map((term) => term.place![2]!))];
  const isWeighted = layer.weights.has('kernel') && rule !== 'max';
  const groups = channels.slice(0, room.channels).map((channel) => {
    const own = inWindow.filter((term) => term.place![2] === channel);
    const of = input!.shape[2]! > 1 ? ` ${channel}` : '';
    const under = { ...inputBlock(input!, windows, seen, channel, room), title: `input${of}` };
    if (!isWeighted) return [under];
    return [
      under,
      termBlock(`kernel${of}`, own, seen, room, ({ weight }) => weight),
      termBlock('products', own, seen, room, (term) => term.input * term.weight),
    ];
  });
  const rest = channels.length - room.channels;
  return rest > 0 ? [...groups, [{ title: `and ${counted(rest, 'more channel')}`, lines: [] }]] : groups;
}

type Span = readonly [first: number, last: number];

/** A part of `all` of at most `most`, with the window in its middle. */
function viewOf([first, last]: Span, [begin, end]: Span, most: number): Span {
  const count = Math.min(most, end - begin + 1);
  const middle = Math.floor((first + last + 1 - count) / 2);
  const start = Math.max(begin, Math.min(end - count + 1, middle));
  return [start, start + count - 1];
}

const range = ([first, last]: Span): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

function inputBlock(
  input: Tensor,
  { input: [height, width], geometry: { pads } }: Windows,
  seen: { readonly rows: Span; readonly columns: Span },
  channel: number,
  room: Room,
): Block {
  const write = numberWriter(input.data, FIGURES);
  const block = (columns: number): Block => {
    const rows = range(viewOf(seen.rows, [-pads[0], height - 1 + pads[2]], room.rows));
    const shown = range(viewOf(seen.columns, [-pads[1], width - 1 + pads[3]], columns));
    const isSeen = (row: number, column: number) => within(row, seen.rows) && within(column, seen.columns);
    const cells = rows.map((row) =>
      shown.map((column) => {
        const value = valueAt(input, [row, column, channel], Number.NaN);
        return Number.isNaN(value) ? '+' : write(value);
      }),
    );
    return { title: '', lines: marked(cells, (y, x) => isSeen(rows[y]!, shown[x]!)) };
  };
  // The narrowest view still shows as much as the window is wide, and a little beside it.
  for (let columns = VIEW; columns > 3; columns--) {
    const made = block(columns);
    if (made.lines[0]!.length <= Math.max(20, room.width * 0.36)) return made;
  }
  return block(3);
}

const within = (at: number, [first, last]: Span): boolean => at >= first && at <= last;

/** Cells in columns, those that are looked at in brackets. */
function marked(
  cells: readonly (readonly string[])[],
  isMarked: (row: number, column: number) => boolean,
): string[] {
  const columns = cells[0]!.map((_, column) => alignCells(cells.map((row) => [row[column]!])));
  const longest = columns.map((column) => maxOf(column.map(({ length }) => length)));
  return cells.map((row, y) =>
    row
      .map((_, x) => {
        const text = columns[x]![y]!.padEnd(longest[x]!);
        return isMarked(y, x) ? `[${text}]` : ` ${text} `;
      })
      .join(''),
  );
}

/** What belongs to the places of the window, as they lie in it; a place without any is left empty. */
function termBlock(
  title: string,
  terms: readonly Term[],
  { rows, columns }: { readonly rows: Span; readonly columns: Span },
  room: Room,
  pick: (term: Term) => number,
): Block {
  const values = new Map(terms.map((term) => [`${term.place![0]},${term.place![1]}`, pick(term)]));
  const write = numberWriter([...values.values()], FIGURES);
  const cells = range(rows)
    .slice(0, room.rows)
    .map((row) =>
      range(columns)
        .slice(0, VIEW)
        .map((column) => {
          const value = values.get(`${row},${column}`);
          return value === undefined ? '' : write(value);
        }),
    );
  return { title, lines: alignCells(cells) };
}

/** The output as far as it is, around the step. */
function outputBlock(layer: AppliedLayer, step: number, width: number, most: number): Block {
  const output = imageOf(layer.output, 0);
  const { outputShape } = layer.node;
  const place = placeOfStep(layer, step);
  const write = numberWriter(output.data, FIGURES);
  if (outputShape.length === 1) {
    const shown = range(viewOf([step, step], [0, outputShape[0]! - 1], Math.max(3, Math.floor(width / 12))));
    const cells = [shown.map((at) => (at <= step ? write(output.data[at]!) : '.'))];
    return { title: 'output', lines: marked(cells, (_, x) => shown[x] === step) };
  }
  const [height, columns, channels] = outputShape as [number, number, number];
  const [row, column, channel] = place as [number, number, number];
  const rows = range(viewOf([row, row], [0, height - 1], most));
  const shown = range(
    viewOf([column, column], [0, columns - 1], Math.min(VIEW, Math.max(3, Math.floor(width / 14)))),
  );
  const isDone = (y: number, x: number) => y < row || (y === row && x <= column);
  const cells = rows.map((y) =>
    shown.map((x) => (isDone(y, x) ? write(valueAt(output, [y, x, channel])) : '.')),
  );
  const title = channels > 1 ? `output ${channel}` : 'output';
  return { title, lines: marked(cells, (y, x) => rows[y] === row && shown[x] === column) };
}
