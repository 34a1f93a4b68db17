import { DATA_DIR } from '../../cli/common.js';
import type { GlobalOptions, Options, OptionValues, Places } from '../../cli/options.js';
import { choice, FILE, INDICES, MODEL, SETTING, SIZE, SWITCH, text, wholeNumber } from '../../cli/values.js';

export const ACTIONS = ['list', 'fetch', 'verify', 'show', 'cache'] as const;
export type Action = (typeof ACTIONS)[number];

export const PLACES = {
  action: {
    takes: text('ACTION', { choices: ACTIONS }),
    describe: 'list, fetch, verify, show or cache [list]',
  },
  names: {
    takes: text('NAME', 'dataset'),
    many: true,
    describe: 'Known names, or for verify and show a folder or file',
  },
} as const satisfies Places;

/** The options of `show` alone. */
export const OF_SHOW = {
  split: { takes: choice(['train', 'test'], 'SPLIT'), describe: 'Which images to show [train]' },
  images: { takes: wholeNumber(1), describe: 'How many to show' },
  index: { takes: INDICES, many: true, describe: 'Show these images: their numbers in the split' },
  augment: { takes: SWITCH, describe: 'Show how a model varies them in training' },
  model: { takes: MODEL, describe: 'The model whose augmentation and input size to take' },
  set: { takes: SETTING, many: true, describe: 'Change a setting of the model' },
  input: { takes: SIZE, describe: 'Size of pictures and shapes: height x width x channels' },
  out: { takes: FILE, writes: true, describe: 'Write a PNG file instead of drawing in the terminal' },
} as const satisfies Options;

/** The options of `cache` alone. */
const OF_CACHE = {
  empty: { takes: SWITCH, describe: 'Delete the decoded pictures that are cached' },
} as const satisfies Options;

export const OPTIONS = {
  dataDir: { ...DATA_DIR, describe: 'Where data sets lie, and where fetch puts them' },
  ...OF_SHOW,
  ...OF_CACHE,
} as const satisfies Options;

/** What the actions are told. */
export type DatasetsArguments = OptionValues<typeof OPTIONS> &
  GlobalOptions & { readonly names: readonly string[] };
