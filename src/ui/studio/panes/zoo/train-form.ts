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
  // Another optimizer than the config's begins with its own settings.
  const rates = Object.fromEntries([
    ...Object.entries(choices.optimizers).map(([name, rate]) => [name, String(rate)]),
    [usual.optimizer, usual.learningRate],
  ]);
  const fields = TRAIN_FIELDS.map(
    (key): FormField => ({
      key,
      label: LABELS[key],
      help: choices.help[key] ?? '',
      usual: usual[key],
      usualOf: 'config',
      follows: key === 'learningRate' ? { key: 'optimizer', usual: rates } : null,
      input: textField(usual[key]),
      isEdited: false,
      standIn: key === 'dataset' ? training.standIn : null,
      choices:
        key === 'dataset' ? choices.datasets : key === 'optimizer' ? Object.keys(choices.optimizers) : [],
    }),
  );
  return { kind: 'form', title: `Train ${model}`, words: ['train', model], fields, at: 0, problem: null };
}
