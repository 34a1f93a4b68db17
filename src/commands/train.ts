import type { EndEvent } from '../training/events.js';
import type { Interrupts } from '../training/interrupts.js';
import type { TrainRequest } from '../training/plan.js';
import type { TrainingSession } from '../training/session.js';
import type { TrainingRenderer } from '../ui/renderer.js';
import { defineCommand, type GlobalOptions } from './command.js';

type TrainArguments = TrainRequest & GlobalOptions;

export const command = defineCommand<TrainRequest>({
  usage: 'train [model]',
  describe: 'Train a model and evaluate it on the test images',
  examples: [
    ['cnnzoo train mnist-basic', 'as its config says'],
    ['cnnzoo train lenet5 --epochs 3 --limit 5000 --seed 2', 'a quick try on fewer images'],
    [
      'cnnzoo train my.yaml --validation-split 0.1 --early-stopping 2',
      'a model of your own, until it gets no better',
    ],
    ['cnnzoo train mnist-basic --until testAccuracy=0.99', 'no longer than it takes'],
    ['cnnzoo train --resume runs/lenet5-20260801-120000', 'go on with a run that was stopped'],
  ],
  options: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        describe: 'A name from `cnnzoo list`, a YAML file, or - for standard input',
      })
      .options({
        epochs: { type: 'string', describe: 'Passes over the training images' },
        'batch-size': { type: 'string', describe: 'Images a step' },
        'micro-batches': {
          type: 'string',
          describe: 'Compute each step in so many parts, which need less memory',
        },
        optimizer: { type: 'string', describe: 'sgd, rmsprop or adam, with its usual settings' },
        'learning-rate': { type: 'string', describe: "The optimizer's step size" },
        dataset: { type: 'string', describe: 'Other images than the config names: a known name or a folder' },
        input: { type: 'string', describe: 'Rebuild the model for images of HEIGHTxWIDTHxCHANNELS' },
        classes: { type: 'string', describe: 'Rebuild it for so many classes' },
        'data-dir': { type: 'string', describe: 'Where data sets lie' },
        strict: { type: 'boolean', describe: 'Stop at damaged pictures instead of leaving them out' },
        limit: { type: 'string', describe: 'Use so many training and test images at most' },
        'validation-split': { type: 'string', describe: 'Share of the training images to validate on' },
        seed: { type: 'string', describe: 'Drives initial weights, order and dropout' },
        'run-dir': { type: 'string', describe: 'A new folder for the run (default: runs/MODEL-TIME)' },
        resume: { type: 'string', describe: 'Go on with the run in this folder' },
        engine: { choices: ['auto', 'onnx', 'tensorflow'] as const, describe: 'What computes' },
        device: { type: 'string', describe: 'auto, cpu, webgpu, cuda, ...' },
        threads: { type: 'string', describe: 'CPU threads (default: the physical cores)' },
        'early-stopping': {
          describe: 'Stop after so many epochs without a better validation loss [3]',
        },
        until: {
          type: 'string',
          array: true,
          describe:
            'Stop once a figure is reached: accuracy, loss, validationAccuracy, validationLoss, testAccuracy, testLoss',
        },
        set: {
          type: 'string',
          array: true,
          describe: 'Change any setting of the config: --set training.epochs=3',
        },
      }) as never,
  async run(args) {
    const { Interrupts } = await import('../training/interrupts.js');
    const { leaveAtOnce } = await import('../ui/leave.js');
    const interrupts = new Interrupts(leaveAtOnce);
    try {
      return await runTraining(args, interrupts);
    } finally {
      interrupts.dispose();
    }
  },
});

async function runTraining(args: TrainArguments, interrupts: Interrupts): Promise<number> {
  const { planTraining } = await import('../training/plan.js');
  const { openTraining } = await import('../training/session.js');
  const plan = await planTraining(args);
  const pipe = await stopOnClosedPipe(interrupts);
  const renderer = await openRenderer(args, interrupts);
  const { createDataNotices } = await import('../ui/data-notices.js');
  const notices = createDataNotices((level, message) => renderer.handle({ event: 'notice', level, message }));
  let session: TrainingSession | undefined;
  try {
    const hooks = {
      notify: notices.notify,
      stopRequest: () => interrupts.wish,
      signal: interrupts.abortSignal,
    };
    session = await openTraining(plan, hooks).finally(notices.finish);
    const code = await show(session, args, interrupts, renderer);
    return pipe.isClosed() ? 0 : code;
  } catch (error) {
    // Whatever was waited for before training gave up because the user wants to stop.
    if (session !== undefined || interrupts.wish !== 'now') throw error;
    process.stderr.write('Stopped before training began.\n');
    return interrupts.exitCode;
  } finally {
    await session?.close();
  }
}

/**
 * A reader that goes (`| head -1`) ends training as Ctrl-C does, but quietly. What else would end the process there and
 * then is taken away: an exit while the engine computes would not be a clean one.
 */
async function stopOnClosedPipe(interrupts: Interrupts): Promise<{ isClosed(): boolean }> {
  const { endQuietlyOnClosedPipe } = await import('../ui/pipe.js');
  let closed = false;
  const onClosed = (): void => {
    closed = true;
    interrupts.request('now');
  };
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    endQuietlyOnClosedPipe(stream, onClosed);
  }
  return { isClosed: () => closed };
}

async function openRenderer(args: TrainArguments, interrupts: Interrupts): Promise<TrainingRenderer> {
  const { createTrainingRenderer } = await import('../ui/renderer.js');
  const { nextCommands } = await import('../training/run-paths.js');
  const { stdout, stderr, stdin, env } = process;
  const renderer = await createTrainingRenderer({
    format: args.format,
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

/** Trains, and shows what happens. Returns the exit code. */
async function show(
  session: TrainingSession,
  { format }: TrainArguments,
  interrupts: Interrupts,
  renderer: TrainingRenderer,
): Promise<number> {
  const { train } = await import('../training/trainer.js');
  const { resumeCommand } = await import('../training/run-paths.js');
  let end: EndEvent | undefined;
  try {
    for await (const event of train(session)) {
      renderer.handle(event);
      if (event.event === 'end') end = event;
    }
  } finally {
    await renderer.close();
  }
  const goesOn = end?.reason === 'interrupted' || end?.reason === 'stopped';
  // Tables and JSON are followed by this anyway.
  if (goesOn && (format === 'csv' || format === 'markdown')) {
    process.stderr.write(`go on with: ${resumeCommand(session.folder.dir)}\n`);
  }
  return end?.reason === 'interrupted' ? interrupts.exitCode : 0;
}
