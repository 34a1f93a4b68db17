import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR, OTHER_WEIGHTS } from '../../cli/common.js';
import type { GlobalOptions } from '../../cli/options.js';
import { COUNT, NUMBER, SWITCH, text } from '../../cli/values.js';
import type { Format } from '../../report/format.js';
import type { TableStyle } from '../../report/table.js';
import type { Explained } from '../../tasks/apply/apply.js';

/** A layer of LAYERS, by its name. */
const LAYER = text('NAME', async ([layers]) => {
  const { layerNames } = await import('../../tasks/apply/subject.js');
  return { choices: layers === undefined ? [] : layerNames(layers) };
});

export const command = defineCommand({
  name: 'apply',
  describe: 'What layers make of numbers, computed and explained',
  examples: [
    ["cnnzoo apply 'maxPool2d: 2' '1 3 2 1; 2 9 1 1; 1 3 2 3; 5 6 1 2'", 'the largest value of each window'],
    [
      "cnnzoo apply 'conv2d: {filters: 1, kernelSize: 3}' '1 2 3 0; 0 1 2 3; 3 0 1 2; 2 3 0 1' --kernel '2 0 1; 0 1 2; 1 0 2' --bias 3 --at 0,0",
      'a convolution by hand: how its first value comes about',
    ],
    ["cnnzoo apply '[conv2d: {filters: 2, kernelSize: 3}, activation: relu]' ramp:4x4x1", 'several layers'],
    ['cnnzoo apply lenet5 random:28x28x1 --layer conv2d_1 --windows', 'a layer of a model'],
    ["cnnzoo apply 'maxPool2d: 2' A.csv --shift 2", 'what stays as a picture moves'],
    ["cnnzoo apply 'conv2d: {filters: 1, kernelSize: 5}' random:7x7x3 --unfold", 'im2col'],
  ],
  places: {
    layers: {
      takes: text('LAYERS', ['model', 'run']),
      required: true,
      describe:
        "YAML of a layer ('maxPool2d: 2') or of a list, a YAML file, a model of the zoo or a run folder",
    },
    data: {
      takes: text('DATA', 'file'),
      many: true,
      describe:
        'Numbers (rows by ;, values by spaces, channels by |), a CSV file, a picture, mnist:test:7, -, or ramp:, zeros:, ones:, random: with HxWxC; several are a batch',
    },
  },
  options: {
    layer: { takes: LAYER, describe: 'Up to this layer of a model or run' },
    from: { takes: LAYER, describe: 'From this layer on' },
    kernel: {
      takes: text('VALUES'),
      describe: 'Kernel of the one layer that has one: rows by ;, input channels by |, filters by /',
    },
    bias: { takes: text('VALUES'), describe: 'Its bias: one number a filter, or one for all' },
    weights: OTHER_WEIGHTS,
    seed: { takes: NUMBER, describe: 'Of weights that are drawn, and of random: [1]' },
    at: {
      takes: text('ROW,COL[,CHANNEL]'),
      describe: 'How this value of the last layer comes about',
    },
    windows: { takes: SWITCH, describe: 'Draw which places of its input each value sees' },
    unfold: { takes: SWITCH, describe: 'Show its input unfolded for one matrix product (im2col)' },
    gradient: {
      takes: text('VALUES'),
      bare: { value: 'gradients of the output' },
      describe: 'Gradients of input and weights for these of the output [ones]; class:K for cross-entropy',
    },
    shift: {
      takes: COUNT,
      describe: 'Shift DATA to the right by 1 to N pixels, too, and compare what comes of it',
    },
    steps: { takes: SWITCH, describe: 'Slide the window by the keys; in a pipe, print every step' },
    grey: { takes: SWITCH, describe: 'Make pictures in colour grey' },
    dataDir: DATA_DIR,
    ...COMPUTING,
  },
  async run(args) {
    const { applyLayers } = await import('../../tasks/apply/apply.js');
    const { renderApplied } = await import('../../report/apply/apply.js');
    const { outputStyle, printResult, writeResult } = await import('../../report/output.js');
    const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
    const notices = dataNoticesInLines();
    const applied = await applyLayers(args, notices.notify).finally(notices.finish);
    const ended = args.steps && args.format === 'table' ? await showSteps(applied, args) : null;
    const render = (format: Format, style: TableStyle) => renderApplied(applied, format, style);
    if (ended !== 'listed') await printResult(render, args);
    else if (args.jsonFile !== undefined) await writeResult(args.jsonFile, render('json', outputStyle(args)));
    return ended === 'interrupted' ? 130 : 0;
  },
});

/** On a screen where there is one, else as a list. */
async function showSteps(
  applied: Explained,
  args: GlobalOptions,
): Promise<'left' | 'interrupted' | 'listed'> {
  const steps = await import('../../ui/apply/show-steps.js');
  const ended = await steps.showSteps(applied, args.color);
  if (ended !== null) return ended;
  const { print } = await import('../../report/output.js');
  const { stepList } = await import('../../report/apply/steps-text.js');
  for (const line of stepList(applied)) print(line, args);
  return 'listed';
}
