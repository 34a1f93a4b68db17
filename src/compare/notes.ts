import { resumeCommand } from '../training/run-paths.js';
import type { Run } from '../training/run-reader.js';
import { counted, formatInteger } from '../ui/format.js';
import type { Group } from './groups.js';

/** What a reader must know before the rows are held against each other, a sentence or two each. */
export function notesOn(runs: readonly Run[], groups: readonly Group[]): string[] {
  return [...groupNotes(groups), ...deviceNotes(runs), ...runs.flatMap(unfinishedNotes)];
}

function groupNotes(groups: readonly Group[]): string[] {
  if (groups.length < 2) return [];
  return [
    'The runs saw different data or budgets, so results of different groups do not say which model is better, and are not ranked:',
    ...groups.map(
      (group) =>
        `${group.letter}: ${group.dataset}, ${formatInteger(group.trainImages)} training images, ` +
        `${counted(group.epochs, 'epoch')}, ${formatInteger(group.testImages)} test images` +
        `${isNamedTwice(group, groups) ? ` (${group.runs[0]!.info.dataset.identity})` : ''}`,
    ),
  ];
}

/** Whether another group reads the same but for what its images are. */
function isNamedTwice(group: Group, groups: readonly Group[]): boolean {
  return groups.some(
    (other) =>
      other.dataset === group.dataset &&
      other.runs[0]!.info.dataset.identity !== group.runs[0]!.info.dataset.identity,
  );
}

function deviceNotes(runs: readonly Run[]): string[] {
  const devices = new Set(runs.map(({ info: { engine } }) => `${engine.deviceDescription} (${engine.name})`));
  if (devices.size < 2) return [];
  return [`Times were taken on different devices: ${[...devices].join('; ')}.`];
}

function unfinishedNotes({ dir, info }: Run): string[] {
  if (info.test !== null) return [];
  const { status, epoch, epochs } = info;
  if (status === 'diverged') return [`${dir}: its training diverged, so it has no test figures.`];
  const how = status === 'running' ? 'is not finished' : `was ${status}`;
  return [
    `${dir} ${how} (${epoch} of ${counted(epochs, 'epoch')}), so it has no test figures; go on with it by: ${resumeCommand(dir)}`,
  ];
}
