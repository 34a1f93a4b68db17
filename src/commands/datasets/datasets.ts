import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { listed } from '../../base/text/words.js';
import { defineCommand } from '../../cli/command.js';
import { flagOf } from '../../cli/names.js';
import { ACTIONS, type Action, type DatasetsArguments, OF_SHOW, OPTIONS, PLACES } from './arguments.js';

export const command = defineCommand({
  name: 'datasets',
  describe: 'Data sets: list, fetch, verify and show them; the cache of pictures',
  examples: [
    ['cnnzoo datasets', 'what is known, and where it was found'],
    ['cnnzoo datasets fetch mnist --data-dir data', 'for machines without a network'],
    ['cnnzoo datasets verify fashion-mnist', 'whether the files are those that were published'],
    ['cnnzoo datasets show digits', 'images of each class, in the terminal'],
    ['cnnzoo datasets show mnist --split test --index 1790', 'one that evaluate --worst named'],
    ['cnnzoo datasets cache', 'what decoded pictures take on the disk'],
    [
      'cnnzoo datasets show shapes --augment --model alexnet --out sheet.png',
      'as a model sees them in training',
    ],
  ],
  places: PLACES,
  options: OPTIONS,
  async run(args) {
    const action = readAction(args.action);
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
      case 'cache':
        return (await import('./cache.js')).showCache(args);
    }
  },
});

function readAction(word = 'list'): Action {
  const found = ACTIONS.find((action) => action === word);
  if (found !== undefined) return found;
  const close = nearest(word, ACTIONS);
  const way = close ? `Did you mean "${close}"?` : `To look at a data set: cnnzoo datasets show ${word}`;
  throw new UsageError(`datasets can list, fetch, verify, show and cache, but not "${word}". ${way}`);
}

/** @throws UsageError for names that are missing or too many, and for options of another action. */
function requireFitting(action: Action, args: DatasetsArguments): void {
  const { names } = args;
  const takesNames = action !== 'list' && action !== 'cache';
  if (!takesNames && names.length > 0)
    throw new UsageError(
      `datasets ${action} takes no names, got "${names[0]}". To look at it: cnnzoo datasets show ${names[0]}`,
    );
  if (takesNames && names.length === 0)
    throw new UsageError(
      `datasets ${action} needs a data set, for example "cnnzoo datasets ${action} mnist".`,
    );
  if (action !== 'cache' && args.empty) throw new UsageError('--empty goes with datasets cache only.');
  if (action !== 'show') {
    const stray = Object.entries(args).find(([key, value]) => key in OF_SHOW && value !== undefined);
    if (stray !== undefined) throw new UsageError(`${flagOf(stray[0])} goes with datasets show only.`);
  } else if (names.length > 1)
    throw new UsageError(`datasets show shows one data set at a time, got ${listed(names)}.`);
}
