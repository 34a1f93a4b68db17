import type { EvaluationWish } from '../compare/evaluate.js';
import type { CompareItem } from '../compare/items.js';
import { defineCommand } from './command.js';

interface CompareOptions extends EvaluationWish {
  readonly items: readonly string[];
  readonly sort?: string;
  readonly columns?: string;
  readonly evaluate?: boolean;
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
        evaluate: { type: 'boolean', describe: 'Evaluate runs that have no test figures or predictions' },
        'data-dir': { type: 'string', describe: 'Where data sets lie' },
        engine: {
          choices: ['auto', 'onnx', 'tensorflow'] as const,
          default: 'auto' as const,
          describe: 'What computes',
        },
        device: { type: 'string', default: 'auto', describe: 'auto, cpu, webgpu, cuda, ...' },
        threads: { type: 'string', describe: 'CPU threads (default: the physical cores)' },
      }) as never,
  async run(args) {
    const { readItem } = await import('../compare/items.js');
    const { compareItems } = await import('../compare/comparison.js');
    const { namedColumns, sortRows } = await import('../report/compare/columns.js');
    const { renderComparison } = await import('../report/compare/render.js');
    const { outputStyle, print } = await import('../report/output.js');
    const columns = args.columns === undefined ? undefined : namedColumns(args.columns);
    const read = args.items.map(readItem);
    const comparison = compareItems(args.evaluate ? await evaluateAll(read, args) : read);
    const rows = args.sort === undefined ? comparison.rows : sortRows(comparison.rows, args.sort);
    print(renderComparison({ ...comparison, rows }, args.format, outputStyle(args), columns));
    // Where the result has no room for them.
    if (args.format === 'json' || args.format === 'csv') {
      for (const note of comparison.notes) process.stderr.write(`notice: ${note}\n`);
    }
    return 0;
  },
});

async function evaluateAll(items: readonly CompareItem[], wish: EvaluationWish): Promise<CompareItem[]> {
  const { evaluated } = await import('../compare/evaluate.js');
  const { createDataNotices } = await import('../ui/data-notices.js');
  const progress = createDataNotices((kind, message) => process.stderr.write(`${kind}: ${message}\n`));
  const done: CompareItem[] = [];
  try {
    for (const item of items) {
      const run = item.kind === 'run' && (await evaluated(item.run, wish, progress.notify));
      done.push(run ? { kind: 'run', run } : item);
    }
  } finally {
    progress.finish();
  }
  return done;
}
