import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { messageOf, WorkError } from '../../base/errors.js';
import { flagOf } from '../../cli/names.js';
import { text } from '../../cli/values.js';
import type { EndEvent, StartEvent, TrainingEvent } from '../../runs/events.js';
import { FOLLOWED_PROCESS } from '../../training/interrupts.js';
import { insist } from '../../ui/lines/tell.js';

export const ON_END = {
  takes: text('COMMAND'),
  describe: 'A command for the shell, once training is over: it reads $CNNZOO_RUN, $CNNZOO_STATUS',
} as const;

/** How a training, or that of a comparison, came to its end. */
export type EndStatus = 'completed' | 'stopped' | 'interrupted' | 'diverged' | 'failed';

/** What a command at the end is told. What is null or absent has no variable. */
export interface Ending {
  readonly status: EndStatus;
  /** The folder of the run, or of the comparison. */
  readonly run: string;
  readonly model?: string;
  /** Completed. */
  readonly epochs?: number;
  readonly seconds?: number;
  /** A share: 0.99 is 99 %. */
  readonly testAccuracy?: number | null;
  readonly testLoss?: number | null;
  /** Of a comparison: how many runs it has, and how many of them are over. */
  readonly runs?: number;
  readonly runsOver?: number;
}

/** Gathers from the events of a training what is told at its end. */
export class TrainingEnding {
  #start: StartEvent | undefined;
  #end: EndEvent | undefined;

  handle(event: TrainingEvent): void {
    if (event.event === 'start') this.#start = event;
    if (event.event === 'end') this.#end = event;
  }

  /** Undefined where training never began. */
  get ending(): Ending | undefined {
    if (this.#start === undefined) return undefined;
    const { run, model } = this.#start;
    if (this.#end === undefined) return { status: 'failed', run, model };
    const { epochs, seconds, testAccuracy, testLoss, reason } = this.#end;
    return { status: statusOf(reason), run, model, epochs, seconds, testAccuracy, testLoss };
  }
}

function statusOf(reason: EndEvent['reason']): EndStatus {
  return reason === 'early-stopping' || reason === 'target-reached' ? 'completed' : reason;
}

/**
 * Does the work of a command that trains, and runs the user's command once it is over, whatever came of it; not where training
 * never began. That command does not change the exit code.
 * @param work with its result printed and its folder given up when it is done
 * @param endingOf how the training ended; undefined where it never began
 */
export async function withOnEnd(
  command: string | undefined,
  work: () => Promise<number>,
  endingOf: (hasFailed: boolean) => Ending | undefined,
): Promise<number> {
  if (command === undefined) return work();
  let exitCode = 1;
  let problem: unknown;
  try {
    exitCode = await work();
    return exitCode;
  } catch (error) {
    problem = error;
    exitCode = error instanceof WorkError ? error.exitCode : 1;
    throw error;
  } finally {
    const ending = endingOf(problem !== undefined);
    if (ending !== undefined) await runOnEnd(command, variablesOf(ending, exitCode, problem));
  }
}

function variablesOf(ending: Ending, exitCode: number, problem: unknown): NodeJS.ProcessEnv {
  const { status, run, model, epochs, seconds, testAccuracy, testLoss, runs, runsOver } = ending;
  const values = {
    CNNZOO_STATUS: status,
    CNNZOO_RUN: resolve(run),
    CNNZOO_MODEL: model,
    CNNZOO_EPOCHS: epochs,
    CNNZOO_SECONDS: seconds,
    CNNZOO_TEST_ACCURACY: testAccuracy,
    CNNZOO_TEST_LOSS: testLoss,
    CNNZOO_RUNS: runs,
    CNNZOO_RUNS_OVER: runsOver,
    CNNZOO_EXIT_CODE: exitCode,
    CNNZOO_ERROR: problem === undefined ? undefined : messageOf(problem),
  };
  // Where there is no value, none of a training around this one may show through.
  return Object.fromEntries(
    // No variable can hold NUL.
    Object.entries(values).map(([name, value]) => [name, value?.toString().replaceAll('\0', ' ')]),
  );
}

/** Runs a command in the shell, its output on standard error; that it fails is said. */
async function runOnEnd(command: string, variables: NodeJS.ProcessEnv): Promise<void> {
  // What it starts follows nobody, whoever this process follows.
  const env = { ...process.env, [FOLLOWED_PROCESS]: undefined, ...variables };
  const child = spawn(command, { shell: true, stdio: ['ignore', 2, 2], env });
  const failure = await new Promise<string | null>((done) => {
    child.on('error', (error) => done(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) done(null);
      else done(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
  });
  if (failure !== null) insist(`warning: the command of ${flagOf('onEnd')} ${failure}: ${command}`);
}
