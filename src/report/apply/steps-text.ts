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
  const [place, count] = [at.place.join(','), `step ${step + 1} of ${stepCount(layer)}`];
  // The place stays, however narrow it is.
  const titles = [
    `${name}  ${kind}, layer ${number + 1} of ${applied.layers.length}  ${count}: ${place}`,
    `${name} at ${place}  ${count}`,
    `${name} at ${place}`,
  ];
  const title = titles.find((one) => textWidth(one) <= width) ?? titles.at(-1)!;
  const { ellipsis } = theme.glyphs;
  // The title, and an empty line before the picture and before the formula.
  const room = rows - 3;
  // Without a picture the formula has one line more.
  const least = formulaLines(at.text, { width, most: room + 1, head: MOST_FORMULA - 1 }, ellipsis);
  const windows = windowsOf(layer);
  const view = { applied, layer, windows, step, at, width, mark: ellipsis };
  const drawn = picture(view, room - least.length);
  const left = drawn.length > 0 ? room - drawn.length : room + 1;
  const text = formulaLines(at.text, { width, most: left, head: left }, ellipsis);
  const lines = [
    theme.paint('strong', truncate(title, width, ellipsis)),
    ...(drawn.length > 0 ? ['', ...drawn.map((line) => painted(line, width, theme))] : []),
    '',
    ...text.map((line) => theme.paint('plain', line)),
  ];
  return lines.length <= rows ? lines : [...lines.slice(0, rows - 1), ellipsis];
}

/** More lines of a formula than this are cut where a picture wants their room; what comes out of it is shown all the same. */
const MOST_FORMULA = 4;

interface FormulaRoom {
  readonly width: number;
  /** Lines that there is room for, and how many of them the terms may have where not all of the formula is shown. */
  readonly most: number;
  readonly head: number;
}

/** A formula in lines. Where there is no room for all of it, its end stays: how the sum goes on, or at least what comes out. */
function formulaLines(text: string, { width, most, head }: FormulaRoom, mark: string): string[] {
  const lines = words(text, width);
  if (lines.length <= Math.min(most, head + 1)) return lines;
  const ends = [text.indexOf(' = '), text.lastIndexOf(' = ')]
    .filter((at) => at >= 0)
    .map((at) => words(`${mark} ${text.slice(at + 1)}`, width));
  const end = ends.find(({ length }) => length < most) ?? ends.at(-1) ?? [mark];
  const all = [...lines.slice(0, Math.max(0, Math.min(head, most - end.length))), ...end];
  return all.length < lines.length ? all : lines;
}

interface StepView {
  readonly applied: Applied;
  readonly layer: AppliedLayer;
  readonly windows: Windows | null;
  readonly step: number;
  readonly at: ValueArithmetic;
  readonly width: number;
  /** What stands where something is left out. */
  readonly mark: string;
}

/** So many rows and columns of a window are shown at least, where it has as many; fewer say nothing. */
const LEAST_PART = 2;

/**
 * The largest picture that has room: fewer rows of every map around the window, then fewer figures, then fewer channels, then
 * no output; at last a part of the window, the same of the input, the kernel and the products. Empty where none has room.
 */
function picture(view: StepView, room: number): string[] {
  for (const candidate of roomsFor(view.windows?.geometry.size ?? null, view.width, room)) {
    const lines = pictureOf(view, candidate);
    if (lines.length <= room && lines.every((line) => textWidth(line) <= view.width)) return lines;
  }
  return [];
}

/** What a picture may have room for, the best first. */
function* roomsFor(size: readonly [number, number] | null, width: number, lines: number): Generator<Room> {
  const whole = size ?? [1, 1];
  // A value takes three columns at least.
  if (whole[0] < lines && 3 * whole[1] <= width) {
    yield* wholeRooms(whole, width, true);
    yield* wholeRooms(whole, width, false);
  }
  if (size === null) return;
  for (const part of partsOf(size))
    for (const figures of FIGURES)
      yield { width, rows: part[0], channels: 1, figures, part, hasOutput: false };
}

/** With all of the window. */
function* wholeRooms(part: readonly [number, number], width: number, hasOutput: boolean): Generator<Room> {
  for (let channels = CHANNELS; channels > 0; channels--)
    for (const figures of FIGURES)
      for (let rows = Math.max(VIEW, part[0]); rows >= part[0]; rows--)
        yield { width, rows, channels, figures, part, hasOutput };
}

/** Parts of a window that are smaller than it, in rows and columns, the largest first. */
function partsOf([height, width]: readonly [number, number]): (readonly [number, number])[] {
  const sizes = (all: number) => {
    const least = Math.min(LEAST_PART, all);
    return Array.from({ length: Math.max(1, Math.min(all, VIEW) - least + 1) }, (_, i) => least + i);
  };
  return sizes(height)
    .flatMap((rows) => sizes(width).map((columns) => [rows, columns] as const))
    .filter(([rows, columns]) => rows < height || columns < width)
    .sort((a, b) => b[0] * b[1] - a[0] * a[1]);
}

/** A line of blocks a channel of the input; the output beside the first where there is room, else below it. */
function pictureOf(view: StepView, room: Room): string[] {
  const { layer, windows, step, width, mark } = view;
  const output = room.hasOutput ? [outputBlock(layer, step, room)] : [];
  const groups = windows === null ? [] : windowBlocks(view, windows, room);
  const [first = [], ...others] = groups;
  const lines = [[...first, ...output], ...others].map((group) => sideBySide(group, width, width));
  const drawn = lines.flatMap((group, i) => (i > 0 ? ['', ...group] : group));
  const cut = windows === null ? '' : cutWords(windows.geometry.size, room.part);
  return cut === '' ? drawn : [...drawn, ...words(`${mark} ${cut}`, width)];
}

/** What of a window is shown; empty where that is all of it. */
function cutWords([height, width]: readonly [number, number], [rows, columns]: readonly [number, number]) {
  const parts = [
    ...(rows < height ? [`${rows} of ${height} rows`] : []),
    ...(columns < width ? [`${columns} of ${width} columns`] : []),
  ];
  return parts.length === 0 ? '' : `${parts.join(' and ')} of the window`;
}

/** What stands in brackets is what is looked at. */
function painted(line: string, width: number, theme: Theme): string {
  const cut = textWidth(line) > width ? truncate(line, width, theme.glyphs.ellipsis) : line;
  return cut.replace(/\[[^\]]*\]/g, (found) => theme.paint('good', found));
}

/** So many rows and columns of a map are in view at most, and so many channels. */
const VIEW = 9;
const CHANNELS = 3;

/** Figures of a value on the screen, the most first: the formula below has more. */
const FIGURES = [3, 2] as const;

interface Room {
  readonly width: number;
  /** Of a map. */
  readonly rows: number;
  readonly channels: number;
  readonly figures: number;
  /** How many rows and columns of the window are shown, the first ones. */
  readonly part: readonly [number, number];
  readonly hasOutput: boolean;
}

/** For each channel that has a part: the input under the window, what each place counts for, and the products. */
function windowBlocks(
  { applied, layer, at: { place, terms, rule }, mark }: StepView,
  windows: Windows,
  room: Room,
): Block[][] {
  const [input] = numbersOf(applied, layer, 0).inputs;
  const position = windows.positions[place[0]! * windows.geometry.output[1] + place[1]!]!;
  const { rows, columns } = position;
  const seen: Part = {
    rows: [rows[0], Math.min(rows[1], rows[0] + room.part[0] - 1)],
    columns: [columns[0], Math.min(columns[1], columns[0] + room.part[1] - 1)],
    cutRows: room.part[0] < windows.geometry.size[0] ? mark : '',
    cutColumns: room.part[1] < windows.geometry.size[1] ? mark : '',
  };
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
  if (rest > 0) groups.at(-1)!.push({ title: `and ${counted(rest, 'more channel')}`, lines: [] });
  return groups;
}

/** What is shown of a window: the same rows and columns in all blocks, and the mark of what is left out of them, if any is. */
interface Part {
  readonly rows: Span;
  readonly columns: Span;
  readonly cutRows: string;
  readonly cutColumns: string;
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
  seen: Part,
  channel: number,
  room: Room,
): Block {
  const write = numberWriter(input.data, room.figures);
  const { cutRows, cutColumns } = seen;
  const block = (most: number): Block => {
    // What a window is cut to has nothing of the map around it.
    const rows = range(
      cutRows === '' ? viewOf(seen.rows, [-pads[0], height - 1 + pads[2]], room.rows) : seen.rows,
    );
    const columns = range(
      cutColumns === '' ? viewOf(seen.columns, [-pads[1], width - 1 + pads[3]], most) : seen.columns,
    );
    const isSeen = (row: number, column: number) => within(row, seen.rows) && within(column, seen.columns);
    const cells = rows.map((row) =>
      columns.map((column) => {
        const value = valueAt(input, [row, column, channel], Number.NaN);
        return Number.isNaN(value) ? '+' : write(value);
      }),
    );
    const lines = marked(cells, (y, x) => isSeen(rows[y]!, columns[x]!));
    return {
      title: '',
      lines: [
        ...lines.map((line) => (cutColumns === '' ? line : `${line} ${cutColumns}`)),
        ...(cutRows === '' ? [] : [` ${cutRows}`]),
      ],
    };
  };
  // The narrowest view still has all of the window that is shown.
  const least = seen.columns[1] - seen.columns[0] + 1;
  for (let columns = Math.max(VIEW, least); columns > least; columns--) {
    const made = block(columns);
    if (made.lines[0]!.length <= Math.max(20, room.width * 0.36)) return made;
  }
  return block(least);
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
  { rows, columns, cutRows, cutColumns }: Part,
  { figures }: Room,
  pick: (term: Term) => number,
): Block {
  const values = new Map(terms.map((term) => [`${term.place![0]},${term.place![1]}`, pick(term)]));
  const write = numberWriter([...values.values()], figures);
  const cells = range(rows).map((row) => [
    ...range(columns).map((column) => {
      const value = values.get(`${row},${column}`);
      return value === undefined ? '' : write(value);
    }),
    ...(cutColumns === '' ? [] : [cutColumns]),
  ]);
  return { title, lines: [...alignCells(cells), ...(cutRows === '' ? [] : [cutRows])] };
}

/** The output as far as it is, around the step. */
function outputBlock(layer: AppliedLayer, step: number, { width, rows: most, figures }: Room): Block {
  const output = imageOf(layer.output, 0);
  const { outputShape } = layer.node;
  const place = placeOfStep(layer, step);
  const write = numberWriter(output.data, figures);
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
