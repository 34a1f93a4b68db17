import { defineCommand } from '../../cli/command.js';
import { OTHER_WEIGHTS } from '../../cli/common.js';
import { choice, NETWORK, text, wholeNumber } from '../../cli/values.js';
import { DTYPES } from '../../tasks/export/target.js';
import { OPSETS, TARGETS } from '../../tasks/export/targets.js';
import { tell } from '../../ui/lines/tell.js';

export const command = defineCommand({
  name: 'export',
  describe: 'A network for other programs, or as a page: ONNX, TensorFlow.js, web, PyTorch, safetensors',
  examples: [
    [
      'cnnzoo export runs/lenet5-20260801-120000 --to onnx --out lenet5.onnx',
      'for ONNX Runtime, Netron, ...',
    ],
    [
      'cnnzoo export runs/lenet5-20260801-120000 --to web --out lenet5.html',
      'a page to draw on and to look inside, whole in one file',
    ],
    ['cnnzoo export runs/lenet5-20260801-120000 --to tfjs --out lenet5-web', 'for a page of your own'],
    [
      'cnnzoo export runs/lenet5-20260801-120000 --to pytorch --out lenet5-pytorch',
      'a model.py to read, and its weights',
    ],
    [
      'cnnzoo export runs/lenet5-20260801-120000 --to safetensors --out lenet5.safetensors',
      'its weights alone',
    ],
  ],
  places: {
    item: {
      takes: NETWORK,
      required: true,
      describe: 'A run folder, or a model with the weights that training would begin with',
    },
  },
  options: {
    to: { takes: choice(TARGETS, 'FORM'), required: true, describe: 'The form' },
    out: {
      takes: text('PATH', 'file'),
      required: true,
      describe: 'The file, or for tfjs and pytorch the folder',
    },
    opset: {
      takes: wholeNumber(OPSETS.least, OPSETS.most),
      describe: 'Of ONNX, the version of the operators [17]',
    },
    dtype: {
      takes: choice(DTYPES, 'TYPE'),
      describe:
        'What weights are kept as, of ONNX, TensorFlow.js and web; int8 of ONNX alone, computed with too [float32; of web float16 where it changes no answer]',
    },
    weights: { ...OTHER_WEIGHTS, describe: 'Other weights for it: a file of PyTorch, Keras, ..., or a run' },
  },
  async run(args) {
    const { exportNetwork } = await import('../../tasks/export/export.js');
    const { printResult } = await import('../../report/output.js');
    const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
    const { renderExported } = await import('../../report/results/exported.js');
    const notices = dataNoticesInLines();
    const done = await exportNetwork(args, notices.notify).finally(notices.finish);
    await printResult((format, style) => renderExported(args, done, format, style), args);
    for (const note of done.notes) tell(`notice: ${note}`);
    return 0;
  },
});
