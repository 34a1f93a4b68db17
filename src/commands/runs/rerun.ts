import { defineCommand } from '../../cli/command.js';
import { DEVICES, ENGINE } from '../../cli/common.js';
import type { GlobalOptions } from '../../cli/options.js';
import { COUNT, DEVICE, FOLDER, RUN } from '../../cli/values.js';
import type { TrainingEvent } from '../../runs/events.js';
import type { Interrupts } from '../../training/interrupts.js';
import type { RerunRequest, RerunResult } from '../../training/rerun.js';
import { tell } from '../../ui/lines/tell.js';

export const command = defineCommand({
  name: 'rerun',
  describe: 'Train a run again, and tell whether the same weights come out',
  examples: [
    ['cnnzoo rerun runs/lenet5-20260801-120000', 'bit for bit the same, or how far apart'],
    ['cnnzoo rerun runs/lenet5-20260801-120000 --device webgpu --run-dir runs/again', 'elsewhere, and kept'],
  ],
  places: {
    run: { takes: RUN, required: true, describe: 'A run folder made by `cnnzoo train`' },
  },
  options: {
    runDir: { takes: FOLDER, describe: 'Keep the new run in this folder' },
    dataDir: { ofRun: true, takes: FOLDER, describe: "Where data sets lie (default: the run's)" },
    engine: { ofRun: true, ...ENGINE, describe: "What computes (default: the run's)" },
    device: { ofRun: true, takes: DEVICE, describe: `${DEVICES} (default: the run's)` },
    threads: { ofRun: true, takes: COUNT, describe: "CPU threads (default: the run's)" },
  },
  async run(args) {
    const { Interrupts } = await import('../../training/interrupts.js');
    const { leaveAtOnce } = await import('../../ui/lines/leave.js');
    const interrupts = new Interrupts(leaveAtOnce);
    try {
      const result = await rerunShown(args, interrupts);
      if (result !== null) return await report(result, args);
      if (args.runDir === undefined) tell('Stopped: nothing is kept without --run-dir.');
      return interrupts.exitCode;
    } finally {
      interrupts.dispose();
    }
  },
});

async function rerunShown(
  args: RerunRequest & GlobalOptions,
  interrupts: Interrupts,
): Promise<RerunResult | null> {
  const { rerun } = await import('../../training/rerun.js');
  const { createProgressView } = await import('../../ui/renderer.js');
  const { createDataNotices } = await import('../../ui/lines/data-notices.js');
  const { stdout, stderr, stdin, env } = process;
  const requestStop = interrupts.request.bind(interrupts);
  // The events have no place on standard output, whatever the format: the view is that of a table.
  const view = await createProgressView({
    format: 'table',
    stdout,
    stderr,
    stdin,
    env,
    color: args.color,
    requestStop,
  });
  const isKept = args.runDir !== undefined;
  if (isKept) interrupts.onSignal = (request) => view.stopping(request);
  const notices = createDataNotices((level, message) => view.handle({ event: 'notice', level, message }));
  try {
    return await rerun(args, {
      notify: notices.notify,
      handle: (event) => {
        notices.finish();
        // Of a folder that goes away nobody need hear what is saved in it.
        if (isKept || !isOfFolder(event)) view.handle(event);
      },
      stopRequest: () => interrupts.wish,
      signal: interrupts.abortSignal,
    });
  } catch (error) {
    if (interrupts.wish === 'now') return null;
    throw error;
  } finally {
    notices.finish();
    await view.close();
  }
}

function isOfFolder(event: TrainingEvent): boolean {
  return event.event === 'saved' || (event.event === 'end' && event.reason === 'interrupted');
}

/** Other weights in the same place are a failure; elsewhere they are to be expected. */
async function report(result: RerunResult, args: GlobalOptions): Promise<number> {
  const { renderRerun } = await import('../../report/results/rerun.js');
  const { printResult } = await import('../../report/output.js');
  await printResult((format, style) => renderRerun(result, format, style), args);
  return result.identical || result.changes.length > 0 ? 0 : 1;
}
