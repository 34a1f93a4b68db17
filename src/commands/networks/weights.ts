import { defineCommand } from '../../cli/command.js';

export const command = defineCommand({
  usage: 'weights <file>',
  describe: 'What a file of weights is, what is in it, and which models it fits',
  examples: [
    ['cnnzoo weights resnet18-5c106cde.pth', 'its kind, its layers, the models that take it'],
    ['cnnzoo weights model.safetensors --json | jq .fits', 'the models alone'],
  ],
  options: (yargs) =>
    yargs.positional('file', {
      type: 'string',
      demandOption: true,
      describe:
        'Safetensors, PyTorch (.pth, .pt), Keras (.h5, .keras), TensorFlow.js (model.json), ONNX, or a run folder',
    }),
  completes: { file: 'file' },
  async run(args) {
    const { inspectWeights } = await import('../../weights/inspect.js');
    const { renderWeights } = await import('../../report/weights.js');
    const { outputStyle, print } = await import('../../report/output.js');
    print(await renderWeights(await inspectWeights(args.file), args.format, outputStyle(args)));
    return 0;
  },
});
