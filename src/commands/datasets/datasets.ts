import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { defineCommand, type GlobalOptions } from '../../cli/command.js';

const ACTIONS = ['list', 'fetch', 'verify', 'show'] as const;
type Action = (typeof ACTIONS)[number];

/** What the actions may be told. */
export interface DatasetsArguments extends GlobalOptions {
  readonly names: readonly string[];
  readonly dataDir: string | undefined;
  readonly split: 'train' | 'test' | undefined;
  readonly images: number | undefined;
  readonly index: readonly string[] | undefined;
  readonly augment: boolean | undefined;
  readonly model: string | undefined;
  readonly set: readonly string[] | undefined;
  readonly input: string | undefined;
  readonly out: string | undefined;
}

/** The options of `show` alone. */
const OF_SHOW = ['split', 'images', 'index', 'augment', 'model', 'set', 'input', 'out'] as const;

export const command = defineCommand({
  usage: 'datasets [action] [names..]',
  describe: 'Data sets: list, fetch, verify and show them',
  examples: [
    ['cnnzoo datasets', 'what is known, and where it was found'],
    ['cnnzoo datasets fetch mnist --data-dir data', 'for machines without a network'],
    ['cnnzoo datasets verify fashion-mnist', 'whether the files are those that were published'],
    ['cnnzoo datasets show digits', 'images of each class, in the terminal'],
    ['cnnzoo datasets show mnist --split test --index 1790', 'one that evaluate --worst named'],
    [
      'cnnzoo datasets show shapes --augment --model alexnet --out sheet.png',
      'as a model sees them in training',
    ],
  ],
  options: (yargs) =>
    yargs
      .positional('action', { type: 'string', describe: 'list, fetch, verify or show [list]' })
      .positional('names', {
        type: 'string',
        array: true,
        describe: 'Known names, or for verify and show a folder or file',
      })
      .option('data-dir', { type: 'string', describe: 'Where data sets lie, and where fetch puts them' })
      .option('split', { choices: ['train', 'test'] as const, describe: 'Which images to show [train]' })
      .option('images', { type: 'number', describe: 'How many to show' })
      .option('index', {
        type: 'string',
        array: true,
        describe: 'Show these images: their numbers in the split',
      })
      .option('augment', { type: 'boolean', describe: 'Show how a model varies them in training' })
      .option('model', { type: 'string', describe: 'The model whose augmentation and input size to take' })
      .option('set', { type: 'string', array: true, describe: 'Change a setting of the model' })
      .option('input', { type: 'string', describe: 'HEIGHTxWIDTHxCHANNELS of pictures and shapes' })
      .option('out', {
        type: 'string',
        describe: 'Write a PNG file instead of drawing in the terminal',
      }) as never,
  completes: { action: { choices: ACTIONS }, names: 'dataset' },
  async run(given: GlobalOptions & { action?: string }) {
    const action = readAction(given.action);
    const args = { ...given, names: (given as DatasetsArguments).names ?? [] } as DatasetsArguments;
    requireFitting(action, args);
    switch (action) {
      case 'list':
        return (await import('./list.js')).listDatasets(args);
      case 'fetch':
        return (await import('./fetch.js')).fetchDatasets(args);
      case 'verify':
        return (await import('./verify.js')).verifyDatasets(args);
      case 'show':
        return (await import('./show.js')).showDataset(args);
    }
  },
});

function readAction(word = 'list'): Action {
  if ((ACTIONS as readonly string[]).includes(word)) return word as Action;
  const close = nearest(word, ACTIONS);
  const way = close ? `Did you mean "${close}"?` : `To look at a data set: cnnzoo datasets show ${word}`;
  throw new UsageError(`datasets can list, fetch, verify and show, but not "${word}". ${way}`);
}

/** @throws UsageError for names that are missing or too many, and for options of another action. */
function requireFitting(action: Action, args: DatasetsArguments): void {
  const { names } = args;
  if (action === 'list' && names.length > 0)
    throw new UsageError(
      `datasets list takes no names, got "${names[0]}". To look at it: cnnzoo datasets show ${names[0]}`,
    );
  if (action !== 'list' && names.length === 0)
    throw new UsageError(
      `datasets ${action} needs a data set, for example "cnnzoo datasets ${action} mnist".`,
    );
  if (action !== 'show') {
    const stray = OF_SHOW.find((option) => args[option] !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray} goes with datasets show only.`);
  } else if (names.length > 1)
    throw new UsageError(`datasets show shows one data set at a time, got ${names.join(' and ')}.`);
}
