import { defineCommand } from '../../cli/command.js';
import { namesSetting } from '../../cli/defaults.js';
import type { CommandLine } from '../../cli/flags.js';
import type { GlobalOptions } from '../../cli/options.js';
import { FILE, FOLDER, MODEL, RUN, SWITCH } from '../../cli/values.js';
import type { EndEvent } from '../../runs/events.js';
import type { Interrupts } from '../../training/interrupts.js';
import type { TrainRequest } from '../../training/plan.js';
import type { TrainingSession } from '../../training/session.js';
import { tell } from '../../ui/lines/tell.js';
import type { TrainingRenderer } from '../../ui/renderer.js';
import { TrainingEnding, withOnEnd } from './on-end.js';
import { TRAINING_OPTIONS } from './training-options.js';

type TrainArguments = TrainRequest & GlobalOptions & { readonly onEnd?: string | undefined };

/** Of a folder's defaults what a run that goes on still takes: all else it has of its own. */
const KEPT_BY_RESUMING = [
  'strict',
  'imageMemory',
  'imageCache',
  'tensorboard',
  'onEnd',
  'format',
  'json',
  'jsonFile',
  'color',
  'noColor',
  'quiet',
  'verbose',
];

function isResuming({ flags }: CommandLine): boolean {
  return flags.some(({ key }) => key === 'resume');
}

export const command = defineCommand({
  name: 'train',
  describe: 'Train a model and evaluate it on the test images',
  examples: [
    ['cnnzoo train mnist-basic', 'as its config says'],
    ['cnnzoo train lenet5 --epochs 3 --limit 5000 --seed 2', 'a quick try on fewer images'],
    [
      'cnnzoo train my.yaml --validation-split 0.1 --early-stopping 2',
      'a model of your own, until it gets no better',
    ],
    ['cnnzoo train mnist-basic --until testAccuracy=0.99', 'no longer than it takes'],
    ['cnnzoo train lenet5 --tensorboard logs', 'to watch it by: tensorboard --logdir logs'],
    [
      'cnnzoo train resnet18 --weights resnet18.pth --new-head --classes 5 --freeze all-but-head --dataset flowers/',
      'published weights, taught five classes of your own',
    ],
    ['cnnzoo train --resume runs/lenet5-20260801-120000', 'go on with a run that was stopped'],
  ],
  places: {
    model: { takes: MODEL, describe: 'A name from `cnnzoo list`, a YAML file, or - for standard input' },
  },
  options: {
    ...TRAINING_OPTIONS,
    weights: { takes: FILE, describe: 'Begin with these weights: a file of PyTorch, Keras, ..., or a run' },
    newHead: {
      takes: SWITCH,
      describe: 'Of weights for other classes take all but the last layer, which is drawn anew',
    },
    runDir: { takes: FOLDER, describe: 'A new folder for the run (default: runs/MODEL-TIME)' },
    tensorboard: { takes: FOLDER, describe: 'Write event files for TensorBoard into this folder' },
    resume: { takes: RUN, describe: 'Go on with the run in this folder' },
  },
  leavesDefault: (key, line) =>
    namesSetting(key, line) || (isResuming(line) && !KEPT_BY_RESUMING.includes(key)),
  async run(args, { taken }) {
    const { Interrupts } = await import('../../training/interrupts.js');
    const { leaveAtOnce } = await import('../../ui/lines/leave.js');
    const ending = new TrainingEnding();
    const train = async (): Promise<number> => {
      const interrupts = new Interrupts(leaveAtOnce);
      try {
        return await runTraining({ ...args, defaults: taken }, interrupts, ending);
      } finally {
        interrupts.dispose();
      }
    };
    return withOnEnd(args.onEnd, train, () => ending.ending);
  },
});

async function runTraining(
  args: TrainArguments,
  interrupts: Interrupts,
  ending: TrainingEnding,
): Promise<number> {
  const { planTraining } = await import('../../training/plan.js');
  const { openTraining } = await import('../../training/session.js');
  const plan = await planTraining(args);
  const { onClosedPipe } = await import('../../ui/lines/pipe.js');
  const pipe = onClosedPipe(() => interrupts.request('now'));
  const renderer = await openRenderer(args, interrupts);
  const { createDataNotices } = await import('../../ui/lines/data-notices.js');
  const notices = createDataNotices((level, message) => renderer.handle({ event: 'notice', level, message }));
  let session: TrainingSession | undefined;
  try {
    const hooks = {
      notify: notices.notify,
      stopRequest: () => interrupts.wish,
      signal: interrupts.abortSignal,
    };
    session = await openTraining(plan, hooks).finally(notices.finish);
    const code = await show(session, args, { interrupts, renderer, ending });
    return pipe.isClosed() ? 0 : code;
  } catch (error) {
    // Whatever was waited for before training gave up because the user wants to stop.
    if (session !== undefined || interrupts.wish !== 'now') throw error;
    tell('Stopped before training began.');
    return interrupts.exitCode;
  } finally {
    await session?.close();
  }
}

async function openRenderer(args: TrainArguments, interrupts: Interrupts): Promise<TrainingRenderer> {
  const { createTrainingRenderer } = await import('../../ui/renderer.js');
  const { nextCommands } = await import('../../runs/run-paths.js');
  const { stdout, stderr, stdin, env } = process;
  const renderer = await createTrainingRenderer({
    format: args.format,
    jsonFile: args.jsonFile,
    stdout,
    stderr,
    stdin,
    env,
    color: args.color,
    requestStop: (request) => interrupts.request(request),
    next: (_start, end) => nextCommands(end),
  });
  interrupts.onSignal = (request) => renderer.stopping(request);
  return renderer;
}

/** Who is told what happens, and who asks for an end. */
interface Shown {
  readonly interrupts: Interrupts;
  readonly renderer: TrainingRenderer;
  readonly ending: TrainingEnding;
}

/** Trains, and shows what happens. Returns the exit code. */
async function show(
  session: TrainingSession,
  { format }: TrainArguments,
  { interrupts, renderer, ending }: Shown,
): Promise<number> {
  const { train } = await import('../../training/trainer.js');
  const { resumeCommand } = await import('../../runs/run-paths.js');
  let end: EndEvent | undefined;
  try {
    for await (const event of train(session)) {
      ending.handle(event);
      renderer.handle(event);
      if (event.event === 'end') end = event;
    }
  } finally {
    await renderer.close();
  }
  const goesOn = end?.reason === 'interrupted' || end?.reason === 'stopped';
  // Tables and JSON are followed by this anyway.
  if (goesOn && (format === 'csv' || format === 'markdown')) {
    tell(`go on with: ${resumeCommand(session.folder.dir)}`);
  }
  return end?.reason === 'interrupted' ? interrupts.exitCode : 0;
}
