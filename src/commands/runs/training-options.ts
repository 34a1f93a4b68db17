/** What a training is to be like: the flags of `train`, which `compare --train` takes for all of its models. */
export const TRAINING_OPTIONS = {
  epochs: { type: 'string', describe: 'Passes over the training images' },
  'batch-size': { type: 'string', describe: 'Images a step' },
  'micro-batches': {
    type: 'string',
    describe: 'Compute each step in so many parts, which need less memory',
  },
  optimizer: { type: 'string', describe: 'sgd, rmsprop or adam, with its usual settings' },
  'learning-rate': { type: 'string', describe: "The optimizer's step size" },
  dataset: { type: 'string', describe: 'Other images than the config names: a known name or a folder' },
  input: { type: 'string', describe: 'Rebuild the model for images of HEIGHTxWIDTHxCHANNELS' },
  classes: { type: 'string', describe: 'Rebuild it for so many classes' },
  'data-dir': { type: 'string', describe: 'Where data sets lie' },
  strict: { type: 'boolean', describe: 'Stop at damaged or unread pictures, do not leave them out' },
  limit: { type: 'string', describe: 'Use so many training and test images at most' },
  'validation-split': { type: 'string', describe: 'Share of the training images to validate on' },
  seed: { type: 'string', describe: 'Drives initial weights, order and dropout' },
  engine: { choices: ['auto', 'onnx', 'tensorflow'] as const, describe: 'What computes' },
  device: { type: 'string', describe: 'auto, cpu, webgpu, cuda, ...' },
  threads: { type: 'string', describe: 'CPU threads (default: the physical cores)' },
  'early-stopping': {
    describe: 'Stop after so many epochs without a better validation loss [3]',
  },
  until: {
    type: 'string',
    array: true,
    describe:
      'Stop once a figure is reached: accuracy, loss, validationAccuracy, validationLoss, testAccuracy, testLoss',
  },
  set: {
    type: 'string',
    array: true,
    describe: 'Change any setting of the config: --set training.epochs=3',
  },
} as const;
