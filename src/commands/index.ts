import type { CommandEntry } from '../cli/command.js';

/** Every command, in the order of the help: its usage and description as in its own file. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'studio [folder]',
    describe: 'All of this on one screen: the zoo, live runs, a look inside, data, this machine',
    load: () => import('./machine/studio.js'),
  },
  {
    usage: 'list [models..]',
    describe: 'The models of the zoo, with their sizes and costs',
    load: () => import('./networks/list.js'),
  },
  {
    usage: 'summary <model>',
    describe: "A model's layers: sizes, parameters, cost, memory and receptive fields",
    load: () => import('./networks/summary.js'),
  },
  {
    usage: 'new <file>',
    describe: 'A config of your own to begin with',
    load: () => import('./networks/new.js'),
  },
  {
    usage: 'train [model]',
    describe: 'Train a model and evaluate it on the test images',
    load: () => import('./runs/train.js'),
  },
  {
    usage: 'evaluate <run>',
    describe: 'How good a trained model is, class by class',
    load: () => import('./runs/evaluate.js'),
  },
  {
    usage: 'rerun <run>',
    describe: 'Train a run again, and tell whether the same weights come out',
    load: () => import('./runs/rerun.js'),
  },
  {
    usage: 'predict <run> <images..>',
    describe: 'What a trained model takes pictures for',
    load: () => import('./networks/predict.js'),
  },
  {
    usage: 'runs [folder] [runs..]',
    describe: 'Runs of a folder, also those that are being trained; or remove some',
    load: () => import('./runs/runs.js'),
  },
  {
    usage: 'compare [items..]',
    describe: 'Models and runs side by side',
    load: () => import('./runs/compare.js'),
  },
  {
    usage: 'apply <layers> [data..]',
    describe: 'What layers make of numbers, computed and explained',
    load: () => import('./networks/apply.js'),
  },
  {
    usage: 'robustness <runs..>',
    describe: 'How accurate trained models stay as the test images change',
    load: () => import('./runs/robustness.js'),
  },
  {
    usage: 'visualize <picture> <items..>',
    describe: 'Pictures: filters, feature maps, training histories, architectures',
    load: () => import('./networks/visualize.js'),
  },
  {
    usage: 'datasets [action] [names..]',
    describe: 'Data sets: list, fetch, verify and show them; the cache of pictures',
    load: () => import('./datasets/datasets.js'),
  },
  {
    usage: 'export <item>',
    describe: 'A network for other programs, or as a page: ONNX, TensorFlow.js, web, PyTorch, safetensors',
    load: () => import('./networks/export.js'),
  },
  {
    usage: 'weights <file>',
    describe: 'What a file of weights is, what is in it, and which models it fits',
    load: () => import('./networks/weights.js'),
  },
  {
    usage: 'lesson [lesson]',
    describe: 'Lessons that follow a document, its figures beside those of this machine',
    load: () => import('./lessons/lesson.js'),
  },
  {
    usage: 'bench [models..]',
    describe: 'How fast models train or infer on this machine',
    load: () => import('./machine/bench.js'),
  },
  {
    usage: 'doctor',
    describe: 'What works on this machine, what does not, and what would mend it',
    load: () => import('./machine/doctor.js'),
  },
  {
    usage: 'completion [shell] [words..]',
    describe: 'What a shell needs to complete commands, models, runs and flags',
    load: () => import('./machine/completion.js'),
  },
];
