import { UsageError } from '../../base/errors.js';
import { defineCommand } from '../../cli/command.js';
import type { GlobalOptions, Options, OptionValues } from '../../cli/options.js';
import { COUNT, choice, LIST, MODEL, SIZE, SWITCH, wholeNumber } from '../../cli/values.js';
import { buildGraph } from '../../models/build.js';
import { summarise } from '../../models/summary.js';
import { loadModel } from '../../models/zoo.js';
import type { Format } from '../../report/format.js';
import { printResult } from '../../report/output.js';
import { namedColumns } from '../../report/summary/columns.js';
import { renderKeras } from '../../report/summary/keras.js';
import { renderSummary } from '../../report/summary/render.js';

const OPTIONS = {
  noTop: {
    takes: SWITCH,
    describe: 'Leave out the classifier: everything from the first flatten or global pooling on',
  },
  auxiliaries: {
    takes: SWITCH,
    describe: 'Show the auxiliary classifiers too, which only training has',
  },
  input: { takes: SIZE, describe: 'Rebuild it for images of height x width x channels' },
  classes: { takes: wholeNumber(2), describe: 'Rebuild it for so many classes' },
  style: { takes: choice(['keras'], 'STYLE'), describe: 'Print exactly what Keras 2.3 prints' },
  explain: { takes: SWITCH, describe: "Show each layer's arithmetic with its numbers filled in" },
  columns: { takes: LIST, describe: 'These columns of the layers alone: name,kernel,denseWeights' },
  batchSize: { takes: COUNT, describe: 'Say what a training step on so many images holds in memory' },
  watch: { takes: SWITCH, describe: 'Show it anew whenever the file is written, until Ctrl-C' },
} as const satisfies Options;

type SummaryArguments = OptionValues<typeof OPTIONS> & GlobalOptions & { readonly model: string };

export const command = defineCommand({
  name: 'summary',
  describe: "A model's layers: sizes, parameters, cost, memory and receptive fields",
  examples: [
    ['cnnzoo summary mnist-basic', 'a row a layer'],
    ['cnnzoo summary lenet5 --explain', 'the arithmetic behind every figure'],
    ['cnnzoo summary my.yaml --input 64x64x3', 'a model of your own, for other images'],
    ['cnnzoo summary vgg16 --columns name,kernel,denseWeights', 'what dense layers would need instead'],
    ['cnnzoo summary vgg16 --batch-size 32', 'with the memory of a training step'],
    ['cnnzoo summary my.yaml --watch', 'beside an editor: shown anew at every save'],
    ['cnnzoo summary mnist-basic --json | jq .totals.params', 'one figure for a script'],
  ],
  places: {
    model: {
      takes: MODEL,
      required: true,
      describe: 'A name from `cnnzoo list`, a YAML file, or - for standard input',
    },
  },
  options: OPTIONS,
  async run(args) {
    const columns = requireFlags(args);
    if (!args.watch) {
      await show(args, columns);
      return 0;
    }
    const { followShown } = await import('./follow.js');
    return followShown(args.model, () => show(args, columns), args);
  },
});

/** @returns the columns that are wanted, where some are named. @throws UsageError for flags that do not go together */
function requireFlags(args: SummaryArguments): ReturnType<typeof namedColumns> | undefined {
  if (args.style === 'keras') refuseWithKeras(args);
  const columns = args.columns && namedColumns(args.columns);
  if (columns && args.explain)
    throw new UsageError('--columns and --explain do not go together: name the column explanation instead.');
  return columns;
}

async function show(
  args: SummaryArguments,
  columns: ReturnType<typeof namedColumns> | undefined,
): Promise<void> {
  const isKeras = args.style === 'keras';
  const spec = loadModel(args.model);
  const { input, classes } = args;
  const graph = buildGraph(spec, { input, classes, anyHead: true });
  const { noTop, auxiliaries, batchSize } = args;
  const explain = args.explain || columns?.some(({ key }) => key === 'explanation');
  const summary = summarise(graph, { spec, noTop, explain, auxiliaries, batchSize });
  await printResult(
    (format, style) =>
      isKeras && format === 'table' ? renderKeras(summary) : renderSummary(summary, format, style, columns),
    args,
  );
}

interface KerasConflicts {
  readonly format: Format;
  readonly explain?: boolean;
  readonly columns?: readonly string[];
  readonly batchSize?: number;
}

function refuseWithKeras({ format, explain, columns, batchSize }: KerasConflicts): void {
  const other = [
    ...(format === 'table' ? [] : [`--format ${format}`]),
    ...(explain ? ['--explain'] : []),
    ...(columns === undefined ? [] : ['--columns']),
    ...(batchSize === undefined ? [] : ['--batch-size']),
  ][0];
  if (other) throw new UsageError(`--style keras and ${other} do not go together: leave one of them out.`);
}
