import { isAbsolute, join, normalize, relative, resolve } from 'node:path';
import { messageOf, UsageError } from '../../../base/errors.js';
import { exists } from '../../../base/files/folders.js';
import { argumentsOf } from '../../../cli/arguments.js';
import type { AnyCommand } from '../../../cli/command.js';
import { readFlags } from '../../../cli/flags.js';
import { flagOf } from '../../../cli/names.js';
import { GLOBAL_OPTIONS } from '../../../cli/options.js';
import { modelNameOf } from '../../../models/zoo-names.js';
import { isRun, newRunName } from '../../../runs/run-paths.js';
import type { SettingFlags } from '../../../training/settings/settings.js';

/** A training with a place for its run. */
export interface PlacedTraining {
  /** Its command line, which names that place. */
  readonly words: readonly string[];
  /** The folder of its run, as the list of runs has it. */
  readonly dir: string;
  /** Whether it goes on with a run, so that the folder is there already. */
  readonly isResumed: boolean;
}

/** What of a command line tells where its run goes. */
interface Asked extends SettingFlags {
  readonly model?: string;
  readonly resume?: string;
  readonly runDir?: string;
}

/**
 * Gives a training a folder by name, so that its run can be told from others before it has begun.
 * @param words its command line, `train` first
 * @param command `train`
 * @param folder of the runs that are watched
 * @param taken folders of trainings that are about to make theirs
 * @throws UsageError where a flag or a setting is wrong
 */
export async function placeTraining(
  words: readonly string[],
  command: AnyCommand,
  { folder, taken }: { readonly folder: string; readonly taken: readonly string[] },
): Promise<PlacedTraining> {
  const line = readFlags(words.slice(1), { ...GLOBAL_OPTIONS, ...command.options }, command.name);
  const asked = argumentsOf(command, line) as Asked;
  const { model, resume, runDir, dataset } = asked;
  if (resume !== undefined) return { words, dir: within(folder, resume), isResumed: true };
  if (model !== undefined) await requireSettings(model, asked);
  await requireImages(dataset);
  if (runDir !== undefined) return { words, dir: within(folder, runDir), isResumed: false };
  const base = join(folder, newRunName(modelNameOf(model ?? 'run')));
  let dir = base;
  for (let number = 2; taken.includes(dir) || exists(dir); number++) dir = `${base}-${number}`;
  // Behind `--` there are no flags any more.
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return { words: words.toSpliced(end, 0, '--run-dir', dir), dir, isResumed: false };
}

/** @throws UsageError where the model or a setting of it is wrong, as the training would say */
async function requireSettings(model: string, asked: SettingFlags): Promise<void> {
  if (model === '-' || isRun(model)) return;
  const [{ specWithSettings }, { loadModel }] = await Promise.all([
    import('../../../training/settings/settings.js'),
    import('../../../models/zoo.js'),
  ]);
  specWithSettings((overrides) => loadModel(model, overrides), asked);
}

/** @throws UsageError where a data set is neither a known name nor a folder */
async function requireImages(dataset: string | undefined): Promise<void> {
  const { requireDataset } = await import('../../../data/load.js');
  try {
    await requireDataset(dataset);
  } catch (error) {
    throw new UsageError(`${flagOf('dataset')} ${dataset}: ${messageOf(error)}`);
  }
}

/** A folder as the list of runs names it, however it was typed. */
function within(folder: string, dir: string): string {
  const inner = relative(resolve(folder), resolve(dir));
  return inner === '' || inner.startsWith('..') || isAbsolute(inner) ? normalize(dir) : join(folder, inner);
}
