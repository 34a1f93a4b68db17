import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import type { StopRequest } from '../../runs/events.js';
import { FOLLOWED_PROCESS } from '../../training/interrupts.js';
import type { ComparisonEvent, ComparisonHooks } from '../compare/train-all.js';
import { resumeComparison } from '../compare/training-folder.js';
import type { ComparisonPlan } from '../compare/training-plan.js';
import { cellWords, foldersLeft } from './cells.js';
import type { LaunchWish } from './launcher.js';
import { RunEvents } from './run-events.js';

/** How often run folders are looked at. */
const LOOK_MS = 200;
/** Of what a process says the end is kept. */
const LAST_BYTES = 65_536;
/** A process that was killed is followed by another, so many times for each that there are. */
const LIVES = 3;

/**
 * Trains with several processes, each of which takes one run after the other that nobody has taken. A process that is killed
 * is followed by another, which goes on with its run.
 * @throws WorkError where a run cannot be trained, with what its process said
 */
export async function* trainInWorkers(
  plan: ComparisonPlan,
  wish: LaunchWish,
  hooks: ComparisonHooks,
): AsyncGenerator<ComparisonEvent, void> {
  const events = new RunEvents(plan);
  const workers = new Workers(plan, wish);
  let told: StopRequest | undefined;
  try {
    workers.start();
    while (workers.running > 0) {
      await sleep(LOOK_MS);
      yield* events.look();
      const wished = hooks.wish();
      if (wished !== undefined && wished !== told) workers.stop(wished);
      told = wished;
      // The first makes sure of the data before others need them.
      if (wished === undefined) workers.fill(events.hasBegun);
    }
    yield* events.look();
  } finally {
    workers.stop('now');
  }
  if (told === undefined) workers.requireDone();
}

class Workers {
  readonly #plan: ComparisonPlan;
  readonly #wish: LaunchWish;
  readonly #children = new Set<ChildProcess>();
  #said: string | undefined;
  #killed = 0;
  /** So many are to be there at a time. */
  #wanted: number;

  constructor(plan: ComparisonPlan, wish: LaunchWish) {
    this.#plan = plan;
    this.#wish = wish;
    this.#wanted = wish.jobs;
  }

  get running(): number {
    return this.#children.size;
  }

  start(): void {
    const words = cellWords(this.#plan.dir, this.#wish.only, this.#wish.place);
    const own = [setting('jobs'), '1', setting('format'), 'json'];
    const command = [...process.execArgv, process.argv[1]!, ...words, ...own];
    const child = spawn(process.execPath, command, {
      // Ctrl-C of the terminal is for this process, which passes it on once.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, [FOLLOWED_PROCESS]: String(process.pid) },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LAST_BYTES);
    });
    this.#children.add(child);
    const end = (code: number | null) => {
      if (!this.#children.delete(child)) return;
      if (code === null) this.#killed++;
      // It has found nothing more to do, or cannot do it.
      else this.#wanted--;
      this.#said ??= errorIn(said);
    };
    child.on('error', (error) => {
      said = error.message;
      end(1);
    });
    child.on('close', end);
  }

  /** As many processes as there are to be, as long as there is work for them. */
  fill(hasBegun: boolean): void {
    const { jobs, only } = this.#wish;
    if (!hasBegun && this.running > 0) return;
    if (this.running >= this.#wanted || this.#said !== undefined || this.#killed > LIVES * jobs) return;
    const left = foldersLeft(this.#plan, only).length;
    while (this.running < Math.min(this.#wanted, left)) this.start();
  }

  /** @throws WorkError where a process could not do its work */
  requireDone(): void {
    const { dir } = this.#plan;
    const left = foldersLeft(this.#plan, this.#wish.only).length;
    if (left === 0) return;
    const way = `Go on with: ${resumeComparison(dir)}`;
    if (this.#said !== undefined) throw new WorkError([this.#said, way]);
    if (this.#killed > 0)
      throw new WorkError(
        `${counted(this.#killed, 'process')} of these trainings were killed, perhaps for want of memory: ${counted(left, 'run')} of ${dir} are not over. ${way}`,
      );
  }

  stop(request: StopRequest): void {
    for (const child of this.#children) child.kill(request === 'now' ? 'SIGINT' : 'SIGUSR2');
  }
}

/** What the last line of a process says of an error; undefined where it says of none. */
function errorIn(said: string): string | undefined {
  try {
    const line = JSON.parse(said.trim().split('\n').at(-1)!) as { error: { message: string } };
    return line.error.message;
  } catch {
    return undefined;
  }
}
