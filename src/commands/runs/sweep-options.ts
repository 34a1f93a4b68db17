import type { Options, OptionValues } from '../../cli/options.js';
import { COUNT, choice, SWITCH, text } from '../../cli/values.js';
import { placeOf } from '../../tasks/compare/place.js';
import type { ComparisonPlan } from '../../tasks/compare/training-plan.js';
import type { Launcher, LaunchWish } from '../../tasks/launchers/launcher.js';
import { LAUNCHER_NAMES } from '../../tasks/launchers/names.js';
import type { TRAINING_OPTIONS } from './training-options.js';

/** What `compare --train` takes for many runs: what is varied, and who trains them. */
export const SWEEP_OPTIONS = {
  vary: {
    takes: text('KEY=V1,V2'),
    many: true,
    describe: 'Train every combination of these values of a setting: learningRate=0.01,0.001',
  },
  sample: { takes: COUNT, describe: 'So many of the combinations, drawn by the seed' },
  jobs: { takes: COUNT, usual: '1', describe: 'So many trainings at a time, which share the threads' },
  launcher: {
    takes: choice(LAUNCHER_NAMES, 'NAME'),
    usual: 'local',
    describe: 'Who trains: this machine, Slurm, or whoever runs the commands that are printed',
  },
  sbatch: {
    takes: text('OPTION'),
    many: true,
    describe: 'With Slurm: an option for sbatch, such as partition=gpu',
  },
  wait: { takes: SWITCH, describe: 'With Slurm: stay until all is over, and compare' },
  only: {
    takes: text('FOLDER'),
    many: true,
    describe: 'With --resume: train this run of the comparison alone',
  },
} as const satisfies Options;

type SweepArguments = OptionValues<typeof SWEEP_OPTIONS> & OptionValues<typeof TRAINING_OPTIONS>;

/**
 * The launcher that is asked for.
 * @throws UsageError where it cannot work here, and for options of another
 */
export async function launcherOf(args: SweepArguments): Promise<Launcher> {
  const { UsageError } = await import('../../base/errors.js');
  const { flagOf } = await import('../../cli/names.js');
  const { LAUNCHERS } = await import('../../tasks/launchers/index.js');
  const name = args.launcher ?? 'local';
  const stray = (['sbatch', 'wait'] as const).find((key) => args[key] !== undefined && name !== 'slurm');
  if (stray !== undefined) throw new UsageError(`${flagOf(stray)} goes with --launcher slurm only.`);
  if (name === 'commands' && args.jobs !== undefined)
    throw new UsageError(
      '--jobs does not go with --launcher commands: who runs them says how many at a time.',
    );
  const launcher = LAUNCHERS[name];
  await launcher.check({ jobs: args.jobs ?? 1 });
  return launcher;
}

/** What the launcher is told. Jobs and threads are those that the comparison was begun with, so that the same bits come out. */
export function launchWish(
  { only = [], sbatch = [], wait = false, ...args }: SweepArguments,
  { content }: ComparisonPlan,
  launcher: Launcher,
): LaunchWish {
  const jobs = args.jobs ?? (args.launcher === 'slurm' ? 1 : (content.request.jobs ?? 1));
  const threads = args.threads ?? content.request.threads ?? launcher.threads(jobs);
  return { place: placeOf({ ...args, threads }), jobs, only, sbatch, wait };
}
