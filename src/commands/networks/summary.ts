import { UsageError } from '../../base/errors.js';
import { defineCommand } from '../../cli/command.js';
import { choice, MODEL, SIZE, SWITCH, wholeNumber } from '../../cli/values.js';
import { buildGraph } from '../../models/build.js';
import { summarise } from '../../models/summary.js';
import { loadModel } from '../../models/zoo.js';
import type { Format } from '../../report/format.js';
import { renderKeras } from '../../report/keras.js';
import { outputStyle, print } from '../../report/output.js';
import { renderSummary } from '../../report/summary.js';

export const command = defineCommand({
  name: 'summary',
  describe: "A model's layers: sizes, parameters, cost, memory and receptive fields",
  examples: [
    ['cnnzoo summary mnist-basic', 'a row a layer'],
    ['cnnzoo summary lenet5 --explain', 'the arithmetic behind every figure'],
    ['cnnzoo summary my.yaml --input 64x64x3', 'a model of your own, for other images'],
    ['cnnzoo summary mnist-basic --json | jq .totals.params', 'one figure for a script'],
  ],
  places: {
    model: {
      takes: MODEL,
      required: true,
      describe: 'A name from `cnnzoo list`, a YAML file, or - for standard input',
    },
  },
  options: {
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
  },
  async run(args) {
    const isKeras = args.style === 'keras';
    if (isKeras) refuseWithKeras(args.format, args.explain ?? false);
    const spec = loadModel(args.model);
    const { input, classes } = args;
    const graph = buildGraph(spec, { input, classes, anyHead: true });
    const { noTop, explain, auxiliaries } = args;
    const summary = summarise(graph, { spec, noTop, explain, auxiliaries });
    print(isKeras ? renderKeras(summary) : renderSummary(summary, args.format, outputStyle(args)), args);
    return 0;
  },
});

function refuseWithKeras(format: Format, explain: boolean): void {
  const other = format !== 'table' ? `--format ${format}` : explain ? '--explain' : undefined;
  if (other) throw new UsageError(`--style keras and ${other} do not go together: leave one of them out.`);
}
