/**
 * How sentences speak of settings. What is written here and in any floor below the command line knows a setting by its key
 * alone: "take setting('batchSize', 32) or less". Who runs the program says once, as it starts, what its users call each
 * setting (`nameSettings`): the command line has its flags said (src/cli/wording.ts), and the engine's thread is told what
 * its parent says. Where nobody has said anything, a setting is called by its key: `batchSize 32`.
 *
 * So a sentence is made whole where something is found wrong, is one string from there on, and yet no code below the
 * command line names a flag. A sentence must be made when it is needed, not when its module is loaded.
 */

/** The settings that sentences speak of, by their keys. A test holds that each of them is a flag of some command. */
export const SETTINGS = [
  'against',
  'allLayers',
  'at',
  'auxiliaries',
  'batchSize',
  'bias',
  'blur',
  'channels',
  'class',
  'classes',
  'columns',
  'contrast',
  'dataDir',
  'dataset',
  'device',
  'dtype',
  'earlyStopping',
  'empty',
  'engine',
  'epochs',
  'evaluate',
  'filter',
  'filters',
  'format',
  'freeze',
  'from',
  'gradient',
  'grey',
  'html',
  'imageCache',
  'imageMemory',
  'input',
  'invert',
  'jobs',
  'jsonFile',
  'kernel',
  'launcher',
  'layer',
  'learningRate',
  'limit',
  'microBatches',
  'min',
  'newHead',
  'noDefaults',
  'noTop',
  'noise',
  'only',
  'opset',
  'optimizer',
  'out',
  'padding',
  'resume',
  'rotate',
  'runDir',
  'sample',
  'scaling',
  'seed',
  'seeds',
  'set',
  'shift',
  'size',
  'sort',
  'split',
  'strict',
  'strides',
  'suite',
  'tensorboard',
  'testEachEpoch',
  'threads',
  'to',
  'unfold',
  'until',
  'validationSplit',
  'vary',
  'verbose',
  'weights',
  'windows',
  'zoom',
] as const;
export type Setting = (typeof SETTINGS)[number];

/** Whether a key is that of a setting that sentences speak of. */
export function isSetting(key: string): key is Setting {
  return SETTINGS.some((known) => known === key);
}

/** What users call settings; plain data, so that a thread can be told. */
export type SettingNames = Readonly<Partial<Record<Setting, string>>>;

let names: SettingNames = {};

/** Says what settings are called from here on, in this thread. */
export function nameSettings(given: SettingNames): void {
  names = given;
}

/** What settings are called, to be told to a thread. */
export function settingNames(): SettingNames {
  return names;
}

/** A setting as its users know it, with its value where one is given. */
export function setting(key: Setting, value?: string | number): string {
  const name = names[key] ?? key;
  return value === undefined ? name : `${name} ${value}`;
}

/** What a command line says: words, settings with a value, and settings that are there or not. */
interface CommandWords {
  readonly words?: readonly string[];
  readonly settings?: Readonly<Partial<Record<Setting, string | number | true | null>>>;
}

/**
 * A command line to be copied: that of `train` with the setting `resume`, say.
 * @param settings those that are null are left out
 */
export function commandLine(command: string, { words = [], settings = {} }: CommandWords): string {
  const given = Object.keys(settings).filter(isSetting);
  const flags = given.flatMap((key) => {
    const value = settings[key] ?? null;
    if (value === null) return [];
    return value === true ? setting(key) : setting(key, shellWord(String(value)));
  });
  return ['cnnzoo', command, ...words.map(shellWord), ...flags].join(' ');
}

/** `word` as a shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
