import { dirname } from 'node:path';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import { testKey } from '../../runs/images.js';
import type { RunInfo } from '../../runs/run-info.js';
import { PREDICTIONS, resumeCommand } from '../../runs/run-paths.js';
import type { Group } from './groups.js';
import type { Recipe } from './recipes.js';
import type { TestedRun } from './results.js';
import { isTrainingFolder, resumeComparison } from './training-folder.js';

/** What a reader must know before the rows are held against each other, a sentence or two each. */
export function notesOn(
  runs: readonly TestedRun[],
  groups: readonly Group[],
  recipes: readonly Recipe[],
): string[] {
  return [
    ...groupNotes(groups),
    ...deviceNotes(runs),
    ...togetherNotes(runs),
    ...runs.flatMap(unfinishedNotes),
    ...untestedNotes(recipes),
  ];
}

/** Runs that share a machine for so large a part of the shorter one's time were trained together. */
const SHARED = 0.1;

/** Whether figures of speed are those of runs that had a machine for themselves. */
function togetherNotes(runs: readonly TestedRun[]): string[] {
  // A copy is no training of its own.
  const trained = [...new Map(runs.map((run) => [run.run.info.created, run])).values()];
  const spans = trained
    .map(({ run: { info } }) => ({ machine: info.owner.machine ?? info.owner.host, ...spanOf(info) }))
    .sort((a, b) => a.from - b.from);
  const last = new Map<string, { from: number; to: number }>();
  let together = 0;
  for (const { machine, from, to } of spans) {
    const before = last.get(machine);
    const shared = before === undefined ? 0 : Math.min(to, before.to) - from;
    if (before !== undefined && shared > SHARED * Math.min(to - from, before.to - before.from)) together++;
    if (before === undefined || to > before.to) last.set(machine, { from, to });
  }
  return together === 0
    ? []
    : [
        'Some of these runs were trained at the same time on one machine: each by itself would have taken less time, with more images/s.',
      ];
}

/** When a run was trained at the latest, in milliseconds: its last seconds up to its last word. */
function spanOf({ created, updated, seconds }: RunInfo): { readonly from: number; readonly to: number } {
  const to = Date.parse(updated);
  return { from: Math.max(Date.parse(created), to - 1000 * seconds), to };
}

function groupNotes(groups: readonly Group[]): string[] {
  if (groups.length < 2) return [];
  return [
    'The runs saw different data or budgets, so results of different groups do not say which model is better, and are not ranked:',
    ...groups.map(
      (group) =>
        `${group.letter}: ${group.dataset}, ${formatInteger(group.trainImages)} training images, ` +
        `${counted(group.epochs, 'epoch')}${group.until.map((target) => ` until ${target}`).join('')}, ${formatInteger(group.testImages)} test images` +
        `${isNamedTwice(group, groups) ? ` (${identityOf(group)})` : ''}`,
    ),
  ];
}

/** Whether another group reads the same but for what its images are. */
function isNamedTwice(group: Group, groups: readonly Group[]): boolean {
  return groups.some((other) => other.dataset === group.dataset && identityOf(other) !== identityOf(group));
}

function identityOf({ runs }: Group): string {
  return runs[0]!.run.info.dataset.identity;
}

function deviceNotes(runs: readonly TestedRun[]): string[] {
  const devices = new Set(
    runs.map(
      ({
        run: {
          info: { engine },
        },
      }) => `${engine.deviceDescription} (${engine.name})`,
    ),
  );
  if (devices.size < 2) return [];
  return [`Times were taken on different devices: ${[...devices].join('; ')}.`];
}

function unfinishedNotes({ run: { dir, info }, test }: TestedRun): string[] {
  if (info.test !== null) return [];
  const { status, epoch, epochs } = info;
  const come = `${epoch} of ${counted(epochs, 'epoch')}`;
  if (status === 'diverged' && test === null)
    return [`${dir}: its training diverged, so it has no test figures.`];
  const how = status === 'running' ? 'is not finished' : `was ${status}`;
  if (test !== null) return [`${dir} ${how} (${come}): its figures are those of the weights so far.`];
  return [`${dir} ${how} (${come}), so it has no test figures; go on with: ${goOn(dir)}`];
}

/** A run of a comparison goes on with the others of it. */
function goOn(dir: string): string {
  return isTrainingFolder(dirname(dir)) ? resumeComparison(dirname(dir)) : resumeCommand(dir);
}

/** Two recipes tested on the same images of which one is not known image by image. */
function untestedNotes(recipes: readonly Recipe[]): string[] {
  const isOld = ({ predictions }: TestedRun) => predictions === null;
  const dirs = recipes.flatMap((recipe) => {
    const key = testKey(recipe.runs[0]!.run.info);
    const isAlone = recipes.every((other) => other === recipe || testKey(other.runs[0]!.run.info) !== key);
    return isAlone ? [] : recipe.runs.filter(isOld).map(({ run }) => run.dir);
  });
  if (dirs.length === 0) return [];
  return [
    `Whether a difference to ${dirs.join(', ')} is more than chance is not known, since no ${PREDICTIONS} lies there: ${setting('evaluate')} works it out.`,
  ];
}
