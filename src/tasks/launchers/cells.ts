import { join } from 'node:path';
import { setting, shellWord } from '../../base/text/settings.js';
import { type Place, placeOf } from '../compare/place.js';
import { infoOf, isOver } from '../compare/training-folder.js';
import type { ComparisonPlan } from '../compare/training-plan.js';

/** The folders of the runs that are not over yet, of those that are meant. */
export function foldersLeft({ dir, content }: ComparisonPlan, only: readonly string[]): string[] {
  return content.runs
    .map(({ folder }) => folder)
    .filter((folder) => only.length === 0 || only.includes(folder))
    .filter((folder) => !isOver(infoOf(join(dir, folder))));
}

/** The words of a command line that trains runs of a comparison, or goes on with them. */
export function cellWords(dir: string, only: readonly string[], place: Place): string[] {
  const settings = Object.entries({ resume: dir, ...placeOf(place) });
  return [
    'compare',
    ...settings.flatMap(([key, value]) =>
      value === undefined ? [] : [setting(key as keyof Place | 'resume'), String(value)],
    ),
    ...only.flatMap((folder) => [setting('only'), folder]),
    // All that counts is in the comparison's folder, whatever the folder says in which this runs.
    setting('noDefaults'),
  ];
}

/** The command that trains one run of a comparison, in whatever process and on whatever machine. */
export function cellCommand(dir: string, folder: string, place: Place): string {
  return ['cnnzoo', ...cellWords(dir, [folder], place)].map(shellWord).join(' ');
}
