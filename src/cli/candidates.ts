import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isDefaultsFile } from '../base/files/defaults-file.js';
import { statusOf } from '../base/files/folders.js';
import { DEVICE_CHOICES } from '../engines/host/engines.js';

/** What a word may become, and what that is. */
export interface Candidate {
  readonly value: string;
  readonly describe?: string;
}

/** How a shell completes a place or a flag's value; a function gets the words before it, without flags. */
export type Completes =
  | Kind
  | readonly Kind[]
  | { readonly choices: readonly string[] }
  | ((words: readonly string[]) => Completes | Promise<Completes>);

/** What stands in a place of a command line: `model` is a name of the zoo or a YAML file, `lesson` likewise, `run` a run folder. */
export type Kind = 'model' | 'lesson' | 'run' | 'dataset' | 'device' | 'optimizer' | 'file' | 'folder';

/** A run folder's mark, as in src/runs/run-paths.ts, which is too much to load for this. */
const RUN_INFO = 'run.json';
const RUNS = 'runs';
const RUN_NAMES: readonly Candidate[] = [
  { value: '@latest', describe: 'The run that was begun last' },
  { value: '@best', describe: 'The most accurate run' },
];

/** Candidates for a word that is begun. Where it may become a path, folders end in a slash: there is more inside. */
export async function candidatesOf(kind: Kind, word: string): Promise<Candidate[]> {
  switch (kind) {
    case 'model': {
      const { modelNames } = await import('../models/zoo-names.js');
      return [...modelNames().map((value) => ({ value })), ...paths(word, isYaml)];
    }
    case 'lesson': {
      const { lessonNames } = await import('../tasks/lessons/lesson-names.js');
      return [...lessonNames().map((value) => ({ value })), ...paths(word, isYaml)];
    }
    case 'run':
      return [...RUN_NAMES, ...(word.includes('/') ? [] : paths(`${RUNS}/`, isRun)), ...paths(word, isRun)];
    case 'dataset': {
      const { knownDatasets } = await import('../data/load.js');
      return [...knownDatasets().map(({ name }) => ({ value: name })), ...paths(word, () => false)];
    }
    case 'device':
      return DEVICE_CHOICES.map((value) => ({ value }));
    case 'optimizer': {
      const { OPTIMIZERS } = await import('../recipe/optimizers/index.js');
      return Object.keys(OPTIMIZERS).map((value) => ({ value }));
    }
    case 'file':
      return paths(word, () => true);
    case 'folder':
      return paths(word, () => false);
  }
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path) && !isDefaultsFile(path);
}

function isRun(path: string): boolean {
  return existsSync(join(path, RUN_INFO));
}

/** What is in the folder of a path that is begun: what is wanted as it is, other folders with a slash. */
function paths(word: string, isWanted: (path: string) => boolean): Candidate[] {
  const typed = word.slice(0, word.lastIndexOf('/') + 1);
  const folder = typed.replace(/^~\//, `${homedir()}/`) || '.';
  return entriesOf(folder).flatMap((name): Candidate[] => {
    // Hidden ones only where they are asked for.
    if (name.startsWith('.') && !word.slice(typed.length).startsWith('.')) return [];
    const path = join(folder, name);
    const isFolder = statusOf(path)?.isDirectory() ?? false;
    if (isFolder) return [{ value: isRun(path) && isWanted(path) ? typed + name : `${typed}${name}/` }];
    return isWanted(path) ? [{ value: typed + name }] : [];
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
