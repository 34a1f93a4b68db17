import { UsageError } from '../../base/errors.js';
import { formatInteger } from '../../base/text/format.js';
import { nearest } from '../../base/text/nearest.js';
import { defineCommand } from '../../cli/command.js';
import { text } from '../../cli/values.js';
import { buildGraph } from '../../models/build.js';
import { summarise } from '../../models/summary.js';
import { loadModel, modelNames } from '../../models/zoo.js';
import type { Column } from '../../report/column.js';
import type { Format } from '../../report/format.js';
import { outputStyle, print } from '../../report/output.js';
import { renderRows } from '../../report/render.js';
import type { TableStyle } from '../../report/table.js';

export interface ListRow {
  readonly name: string;
  readonly title: string;
  readonly year: number | null;
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  readonly layers: number;
  readonly params: number;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
  readonly dataset: string | null;
}

const columns: readonly Column<ListRow>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { key: 'title', header: 'Title', priority: 8, shrinkTo: 16, value: (row) => row.title },
  { key: 'year', header: 'Year', priority: 5, align: 'right', value: (row) => row.year },
  { key: 'input', header: 'Input', priority: 3, value: (row) => row.input.join('x') },
  { key: 'classes', header: 'Classes', priority: 6, align: 'right', value: (row) => row.classes },
  { key: 'layers', header: 'Layers', priority: 7, align: 'right', value: (row) => row.layers },
  {
    key: 'params',
    header: 'Params',
    priority: 1,
    align: 'right',
    value: (row) => row.params,
    format: formatInteger,
  },
  {
    key: 'macs',
    header: 'MACs',
    priority: 2,
    align: 'right',
    value: (row) => row.macs,
    format: formatInteger,
  },
  { key: 'dataset', header: 'Dataset', priority: 4, value: (row) => row.dataset },
];

export const command = defineCommand({
  name: 'list',
  describe: 'The models of the zoo, with their sizes and costs',
  examples: [
    ['cnnzoo list', 'a table of every model'],
    ["cnnzoo list 'resnet*' lenet5", 'those of these names alone'],
    ['cnnzoo list --format csv | cut -d, -f1', 'the names alone'],
  ],
  places: {
    models: {
      takes: text('NAME', 'model'),
      many: true,
      describe: 'Names; * stands for any letters, ? for one',
    },
  },
  options: {},
  async run(args) {
    print(await renderList(listRows(matching(args.models)), args.format, outputStyle(args)), args);
    return 0;
  },
});

/**
 * The names of the zoo's models that patterns stand for, all of them where there is no pattern.
 * @throws UsageError for a pattern that stands for none
 */
function matching(patterns: readonly string[]): string[] {
  const names = modelNames();
  if (patterns.length === 0) return names;
  const tests = patterns.map((pattern) => {
    const test = globOf(pattern);
    if (names.some((name) => test.test(name))) return test;
    const close = nearest(pattern, names);
    const way = close ? `Did you mean "${close}"?` : `There are ${names.join(', ')}.`;
    throw new UsageError(`There is no model "${pattern}" in the zoo. ${way}`);
  });
  return names.filter((name) => tests.some((test) => test.test(name)));
}

/** `*` for any letters and `?` for one, as shells have them. */
function globOf(pattern: string): RegExp {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  // Several stars in a row are one, so that a pattern takes no time to speak of.
  return new RegExp(`^${parts.join('').replace(/(\.\*)+/g, '.*')}$`, 'i');
}

/** A row for each of these models of the zoo; for all of them, in alphabetical order, where none is named. */
export function listRows(names: readonly string[] = modelNames()): ListRow[] {
  return names.map((name) => {
    const spec = loadModel(name);
    const graph = buildGraph(spec);
    const { layers, totals } = summarise(graph);
    return {
      name,
      title: spec.config.title,
      year: spec.config.year ?? null,
      input: spec.config.input,
      classes: graph.classes,
      layers: layers.length,
      params: totals.params,
      macs: totals.macs,
      dataset: spec.config.dataset ?? null,
    };
  });
}

/** The rows in any format. */
export function renderList(rows: readonly ListRow[], format: Format, style: TableStyle): Promise<string> {
  return renderRows(format, rows, columns, rows, style);
}
