import { defineCommand } from '../../cli/command.js';
import { text } from '../../cli/values.js';

export const command = defineCommand({
  name: 'weights',
  describe: 'What a file of weights is, what is in it, and which models it fits',
  examples: [
    ['cnnzoo weights resnet18-5c106cde.pth', 'its kind, its layers, the models that take it'],
    ['cnnzoo weights model.safetensors --json | jq .fits', 'the models alone'],
  ],
  places: {
    file: {
      takes: text('FILE', 'file'),
      required: true,
      describe:
        'Safetensors, PyTorch (.pth, .pt), Keras (.h5, .keras), TensorFlow.js (model.json), ONNX, or a run folder',
    },
  },
  options: {},
  async run(args) {
    const { inspectWeights } = await import('../../weights/inspect.js');
    const { renderWeights } = await import('../../report/results/weights.js');
    const { printResult } = await import('../../report/output.js');
    const inspection = await inspectWeights(args.file);
    await printResult((format, style) => renderWeights(inspection, format, style), args);
    return 0;
  },
});
