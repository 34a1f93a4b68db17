import type { FormField, FormOverlay } from '../../state/overlay.js';
import { textField } from '../../state/overlay.js';
import type { TrainingChoices, TrainingDefaults } from '../../state/zoo-state.js';

/** The fields of the form by the options of `train`, in their order. */
const TRAIN_FIELDS = [
  'dataset',
  'epochs',
  'batchSize',
  'optimizer',
  'learningRate',
  'limit',
  'validationSplit',
  'seed',
] as const;
type TrainField = (typeof TRAIN_FIELDS)[number];

const LABELS: Readonly<Record<TrainField, string>> = {
  dataset: 'data set',
  epochs: 'epochs',
  batchSize: 'batch size',
  optimizer: 'optimizer',
  learningRate: 'learning rate',
  limit: 'images at most',
  validationSplit: 'validation share',
  seed: 'seed',
};

/** What the fields are for, as the help of `train` says. */
const HELP: Readonly<Record<TrainField, string>> = {
  dataset: 'A known name or a folder of pictures, one folder a class',
  epochs: 'Passes over the training images',
  batchSize: 'Images a step',
  optimizer: 'How weights follow from gradients, with its usual settings',
  learningRate: 'Its step size',
  limit: 'Use so many training and test images at most, 2000 for a quick try; empty for all',
  validationSplit: 'Share of the training images to validate on, 0 to 1',
  seed: 'Drives initial weights, order and dropout',
};

/** A form with the values of a model's config filled in. */
export function trainForm(model: string, training: TrainingDefaults, choices: TrainingChoices): FormOverlay {
  const usual: Readonly<Record<TrainField, string>> = {
    dataset: training.dataset ?? '',
    epochs: String(training.epochs),
    batchSize: String(training.batchSize),
    optimizer: training.optimizer ?? '',
    learningRate: training.learningRate === null ? '' : String(training.learningRate),
    limit: '',
    validationSplit: '',
    seed: String(training.seed),
  };
  const fields = TRAIN_FIELDS.map(
    (key): FormField => ({
      key,
      label: LABELS[key],
      help: HELP[key],
      usual: usual[key],
      input: textField(usual[key]),
      choices: key === 'dataset' ? choices.datasets : key === 'optimizer' ? choices.optimizers : [],
    }),
  );
  return { kind: 'form', title: `Train ${model}`, words: ['train', model], fields, at: 0, problem: null };
}
