import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError, WorkError } from '../../base/errors.js';
import type { GlobalOptions } from '../../cli/options.js';
import { isFile } from '../../models/zoo-names.js';
import { tell } from '../../ui/lines/tell.js';
import { tellError } from '../../ui/lines/tell-error.js';

/** How often the file is looked at: folders on other machines tell nobody of changes. */
const LOOK_MS = 100;
/** An editor that writes a file in several steps, or removes it before it puts the new one there, has so long for it. */
const MOST_SETTLING_MS = 1000;

const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

/**
 * Shows what a file comes to, and again whenever it is written, until a signal ends the process. On a terminal it takes the place
 * of what was there; elsewhere one block follows the other. What is wrong with the file is told, and it is followed further.
 * @throws UsageError for what is no file
 */
export async function followShown(
  file: string,
  show: () => Promise<void>,
  args: GlobalOptions,
): Promise<never> {
  if (!isFile(file) || file === '-')
    throw new UsageError(`--watch follows a file of your own, such as my.yaml; ${file} is none.`);
  // A name that was mistyped: nobody is about to write that file.
  if (stampOf(file) === ABSENT) await show();
  const { stdout } = process;
  let shown: string | null = null;
  let isFirst = true;
  // Lines are as long as the terminal is wide.
  if (stdout.isTTY) stdout.on('resize', () => (shown = null));
  for (;;) {
    const before: string | null = shown;
    if (stampOf(file) !== before) {
      shown = before === null ? stampOf(file) : await settledStamp(file);
      if (stdout.isTTY) stdout.write(CLEAR);
      else if (!isFirst && args.format !== 'json') stdout.write('\n');
      isFirst = false;
      await showOnce(show, args);
      if (stdout.isTTY) tell(`following ${file}; Ctrl-C ends`);
    }
    await sleep(LOOK_MS);
  }
}

async function showOnce(show: () => Promise<void>, { format, verbose }: GlobalOptions): Promise<void> {
  try {
    await show();
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    tellError(error, { json: format === 'json', verbose });
  }
}

/** The stamp of a file once it is there and nobody writes to it any more. */
async function settledStamp(file: string): Promise<string> {
  const begun = performance.now();
  let stamp = stampOf(file);
  for (;;) {
    await sleep(LOOK_MS);
    const next = stampOf(file);
    const isOver = performance.now() - begun > MOST_SETTLING_MS;
    if ((next === stamp && next !== ABSENT) || isOver) return next;
    stamp = next;
  }
}

const ABSENT = 'absent';

/** Another one for every time that the file is written, or another is put in its place. */
function stampOf(file: string): string {
  try {
    const status = statSync(file, { bigint: true, throwIfNoEntry: false });
    return status === undefined ? ABSENT : `${status.ino} ${status.size} ${status.mtimeNs}`;
  } catch {
    return ABSENT;
  }
}
