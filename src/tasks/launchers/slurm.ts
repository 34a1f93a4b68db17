import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf, messageOf, UsageError, WorkError } from '../../base/errors.js';
import { writeWholeText } from '../../base/files/files.js';
import { setting, shellWord } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import type { ComparisonEvent, ComparisonHooks } from '../compare/train-all.js';
import { resumeComparison } from '../compare/training-folder.js';
import type { ComparisonPlan } from '../compare/training-plan.js';
import { cellWords, foldersLeft } from './cells.js';
import type { LaunchedJob, Launcher, LaunchWish } from './launcher.js';
import { RunEvents } from './run-events.js';

const run = promisify(execFile);

/** How often run folders are looked at, and how often Slurm is asked. */
const LOOK_MS = 500;
const ASK_EVERY = 10;
/** Runs have so many seconds to save what they have before their time is over. */
const NOTICE_SECONDS = 60;

/** An array job of Slurm, a task a run. The folder of the comparison must be one that every node sees. */
export const slurm: Launcher = {
  threads: () => 1,
  async check() {
    try {
      await run('sbatch', ['--version']);
    } catch (error) {
      throw new UsageError(
        `${setting('launcher', 'slurm')} needs Slurm's sbatch, which ${codeOf(error) === 'ENOENT' ? 'is not on this machine' : `says: ${messageOf(error)}`}. ${setting('launcher', 'commands')} prints commands for other clusters.`,
      );
    }
  },
  async launch(plan, wish, hooks) {
    const left = foldersLeft(plan, wish.only);
    if (left.length === 0) return { events: null, lines: [], job: null };
    const script = await writeScript(plan, left, wish);
    const id = await submit(script);
    const said = [
      `Submitted ${counted(left.length, 'run')} as Slurm job ${id}; its script is ${script}.`,
      `To see how far it is: cnnzoo runs ${shellWord(plan.dir)}`,
      `To compare what is done, and to train what was cut off: ${resumeComparison(plan.dir)}`,
    ];
    if (!wish.wait) return { events: null, lines: said, job: null };
    hooks.notify({ kind: 'notice', message: said[0]! });
    return { events: watch(plan, id, wish, hooks), lines: [], job: jobOf(id) };
  },
};

function jobOf(id: string): LaunchedJob {
  return {
    name: `Slurm job ${id}`,
    ending: `scancel ${id}`,
    async cancel() {
      // Those that wait are taken away first, so that none begins meanwhile.
      await run('scancel', ['--state=PENDING', id]).catch(() => {});
      await run('scancel', ['--batch', '--signal=TERM', id]).catch(() => {});
    },
  };
}

/** Writes the script of the array job. @returns where it lies */
async function writeScript(
  { dir, content }: ComparisonPlan,
  left: readonly string[],
  { place, sbatch, jobs }: LaunchWish,
): Promise<string> {
  const folder = join(resolve(dir), 'slurm');
  await mkdir(folder, { recursive: true });
  const threads = place.threads ?? content.request.threads ?? 1;
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const script = join(folder, `job-${stamp}.sh`);
  const words = [process.execPath, ...process.execArgv, resolve(process.argv[1]!)];
  const lines = [
    '#!/bin/bash',
    `#SBATCH --job-name=cnnzoo-${basename(dir).replace(/[^\w.-]/g, '_')}`,
    `#SBATCH --array=0-${left.length - 1}${jobs > 1 ? `%${jobs}` : ''}`,
    `#SBATCH --cpus-per-task=${threads}`,
    `#SBATCH --chdir=${process.cwd()}`,
    `#SBATCH --output=${join(folder, '%A_%a.log')}`,
    '#SBATCH --open-mode=append',
    // A run that is asked to end saves what it has: the job may be submitted again.
    `#SBATCH --signal=B:TERM@${NOTICE_SECONDS}`,
    ...sbatch.map((option) => `#SBATCH ${option.startsWith('-') ? option : `--${option}`}`),
    'runs=(',
    ...left.map((name) => `  ${shellWord(name)}`),
    ')',
    `exec ${[...words, ...cellWords(resolve(dir), [], place), setting('only')].map(shellWord).join(' ')} "\${runs[$SLURM_ARRAY_TASK_ID]}"`,
  ];
  await writeWholeText(script, { what: 'the job' }, `${lines.join('\n')}\n`);
  return script;
}

async function submit(script: string): Promise<string> {
  try {
    const { stdout } = await run('sbatch', ['--parsable', script]);
    return stdout.trim().split(';')[0]!;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || messageOf(error);
    throw new WorkError(`sbatch would not take ${script}: ${said}`);
  }
}

/**
 * What happens to the runs until all are over, or the job is, or the user wants to stop.
 * @throws WorkError where the job has ended and runs are left
 */
async function* watch(
  plan: ComparisonPlan,
  job: string,
  { only }: LaunchWish,
  hooks: ComparisonHooks,
): AsyncGenerator<ComparisonEvent, void> {
  const events = new RunEvents(plan);
  for (let round = 0; ; round++) {
    yield* events.look();
    if (foldersLeft(plan, only).length === 0) return;
    if (hooks.wish() !== undefined) return;
    if (round % ASK_EVERY === ASK_EVERY - 1 && !(await isQueued(job))) break;
    await sleep(LOOK_MS);
  }
  yield* events.look();
  const left = foldersLeft(plan, only).length;
  if (left > 0) {
    throw new WorkError(
      `Slurm job ${job} has ended, and ${counted(left, 'run')} of ${plan.dir} are not over: its output lies in ${join(plan.dir, 'slurm')}. Go on with: ${resumeComparison(plan.dir)}`,
    );
  }
}

/** Whether any task of a job waits or runs. */
async function isQueued(job: string): Promise<boolean> {
  try {
    return (await run('squeue', ['--noheader', '--jobs', job])).stdout.trim() !== '';
  } catch {
    // A job that is over for a while is not known any more.
    return false;
  }
}
