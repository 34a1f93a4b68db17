import { either } from '../../base/text/words.js';
import { COMPUTING, DATA_DIR, ENGINE, IMAGE_ROOM, STRICT } from '../../cli/common.js';
import { goal } from '../../cli/goal.js';
import type { Options } from '../../cli/options.js';
import { configNumber, DATASET, LIMIT, LIST, SETTING, SIZE, SWITCH, TAG, text } from '../../cli/values.js';
import { OPTIMIZERS } from '../../recipe/optimizers/index.js';
import { TARGET_METRICS } from '../../training/settings/targets.js';
import { ON_END } from './on-end.js';

const WHOLE = 'a whole number of at least 1';

/** What a training is to be like: the flags of `train`, which `compare --train` takes for all of its models. */
export const TRAINING_OPTIONS = {
  epochs: {
    takes: configNumber('training.epochs', WHOLE),
    describe: 'Passes over the training images',
  },
  batchSize: { takes: configNumber('training.batchSize', WHOLE), describe: 'Images a step' },
  microBatches: {
    takes: configNumber('training.microBatches', WHOLE),
    describe: 'Compute each step in so many parts, which need less memory',
  },
  optimizer: {
    takes: text('NAME', 'optimizer'),
    describe: `${either(Object.keys(OPTIMIZERS))}, with its usual settings`,
  },
  learningRate: {
    takes: configNumber('training.optimizer.learningRate', 'a number of more than 0', 'RATE'),
    describe: "The optimizer's step size",
  },
  dataset: { takes: DATASET, describe: 'Other images than the config names: a known name or a folder' },
  input: { takes: SIZE, describe: 'Rebuild the model for images of height x width x channels' },
  classes: {
    takes: configNumber('classes', 'a whole number of at least 2'),
    describe: 'Rebuild it for so many classes',
  },
  dataDir: DATA_DIR,
  strict: STRICT,
  ...IMAGE_ROOM,
  limit: { takes: LIMIT, describe: 'Use so many training and test images at most' },
  validationSplit: {
    takes: configNumber('training.validationSplit', 'a number of at least 0 and less than 1', 'SHARE'),
    describe: 'Share of the training images to validate on',
  },
  seed: {
    takes: configNumber('training.seed', 'a whole number of at least 0 and at most 4294967295'),
    describe: 'Drives initial weights, order and dropout',
  },
  engine: ENGINE,
  device: { takes: COMPUTING.device.takes, describe: COMPUTING.device.describe },
  threads: COMPUTING.threads,
  earlyStopping: {
    takes: configNumber('training.earlyStopping.patience', WHOLE),
    bare: { value: 'a number of epochs' },
    describe: 'Stop after so many epochs without a better validation loss [3]',
  },
  freeze: {
    takes: LIST,
    describe: 'Layers that stay as they are: names, * for any letters, or all-but-head',
  },
  testEachEpoch: {
    takes: SWITCH,
    describe: 'Look at the test images after every epoch too, not only at the end',
  },
  until: {
    takes: goal(TARGET_METRICS),
    many: true,
    describe: `Stop once a figure is reached: ${TARGET_METRICS.join(', ')}`,
  },
  tag: {
    takes: TAG,
    many: true,
    describe: 'A word to find the run again by: cnnzoo runs --filter tags:WORD',
  },
  onEnd: ON_END,
  set: {
    takes: SETTING,
    many: true,
    describe: 'Change any setting of the config: --set training.epochs=3',
  },
} as const satisfies Options;
