import { defineCommand } from './command.js';

interface CompareOptions {
  readonly items: readonly string[];
  readonly sort?: string;
  readonly columns?: string;
}

export const command = defineCommand<CompareOptions>({
  usage: 'compare <items..>',
  describe: 'Models and runs side by side',
  examples: [
    ['cnnzoo compare vgg16 resnet50 googlenet --sort macs', 'what they cost, before any training'],
    ['cnnzoo compare runs/*', 'how well they do'],
    ['cnnzoo compare runs/* --columns name,seed,testAccuracy --format csv', 'some figures, for a program'],
  ],
  options: (yargs) =>
    yargs
      .positional('items', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Models of the zoo, YAML files, run folders',
      })
      .options({
        sort: { type: 'string', describe: 'Rows in the order of a column, the best first' },
        columns: { type: 'string', describe: 'These columns alone: name,params,testAccuracy' },
      }) as never,
  async run(args) {
    const { readItem } = await import('../compare/items.js');
    const { compareItems } = await import('../compare/comparison.js');
    const { namedColumns, sortRows } = await import('../report/compare/columns.js');
    const { renderComparison } = await import('../report/compare/render.js');
    const { outputStyle, print } = await import('../report/output.js');
    const columns = args.columns === undefined ? undefined : namedColumns(args.columns);
    const comparison = compareItems(args.items.map(readItem));
    const rows = args.sort === undefined ? comparison.rows : sortRows(comparison.rows, args.sort);
    print(renderComparison({ ...comparison, rows }, args.format, outputStyle(args), columns));
    // Where the result has no room for them.
    if (args.format === 'json' || args.format === 'csv') {
      for (const note of comparison.notes) process.stderr.write(`notice: ${note}\n`);
    }
    return 0;
  },
});
