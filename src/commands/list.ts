import { buildGraph } from '../models/build.js';
import { summarise } from '../models/summary.js';
import { loadModel, modelNames } from '../models/zoo.js';
import type { Column } from '../report/column.js';
import { outputStyle, print } from '../report/output.js';
import { renderRows } from '../report/render.js';
import type { TableStyle } from '../report/table.js';
import { formatInteger } from '../ui/format.js';
import { defineCommand, type Format } from './command.js';

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
  readonly dataset: string;
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
  usage: 'list',
  describe: 'The models of the zoo, with their sizes and costs',
  examples: [
    ['cnnzoo list', 'a table of every model'],
    ['cnnzoo list --format csv | cut -d, -f1', 'the names alone'],
  ],
  options: (yargs) => yargs,
  async run(args) {
    print(await renderList(listRows(), args.format, outputStyle(args)));
    return 0;
  },
});

/** A row for every model of the zoo, in alphabetical order. */
export function listRows(): ListRow[] {
  return modelNames().map((name) => {
    const spec = loadModel(name);
    const { layers, totals } = summarise(buildGraph(spec));
    return {
      name,
      title: spec.config.title,
      year: spec.config.year ?? null,
      input: spec.config.input,
      classes: spec.config.classes,
      layers: layers.length,
      params: totals.params,
      macs: totals.macs,
      dataset: spec.config.dataset,
    };
  });
}

/** The rows in any format. */
export function renderList(rows: readonly ListRow[], format: Format, style: TableStyle): Promise<string> {
  return renderRows(format, rows, columns, rows, style);
}
