import { formatBytes, formatDone, formatEta, formatInteger } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import { canRewrite } from '../../terminal/terminal.js';
import { truncate } from '../../terminal/text.js';
import { isQuiet } from './quiet.js';

interface Progress {
  /** Tells how far `task` has come; `total` is null where nobody knows. `unit` is `bytes` or a plural noun. */
  update(task: string, done: number, total: number | null, unit: string): void;
  /** Takes the line away. More updates may follow. */
  finish(): void;
}

interface ProgressOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

const FRAME_MS = 100;
const LINE_MS = 30_000;
/** Before this an estimate of the time to go is a guess. */
const ETA_AFTER_MS = 2000;

/**
 * Progress of work other than training: one line written over and over on a terminal, a line now and then elsewhere, none where
 * the program is to be quiet.
 */
export function createProgress({ stderr, env, now = () => performance.now() }: ProgressOptions): Progress {
  const rewrites = canRewrite(stderr, env);
  const every = rewrites ? FRAME_MS : LINE_MS;
  let task: string | undefined;
  let began = 0;
  let written = Number.NEGATIVE_INFINITY;
  let shown = false;

  const finish = (): void => {
    if (shown) stderr.write('\r\u001b[K');
    shown = false;
    task = undefined;
  };
  const update: Progress['update'] = (name, done, total, unit) => {
    if (isQuiet()) return;
    const time = now();
    if (name !== task) {
      finish();
      task = name;
      began = time;
      // Quick work leaves no line in a file; on a terminal the first frame comes at once.
      written = rewrites ? Number.NEGATIVE_INFINITY : time;
    }
    const whole = rewrites && total !== null && done >= total;
    if (time - written < every && !whole) return;
    written = time;
    const line = progressText(name, done, total, unit, time - began);
    if (rewrites) stderr.write(`\r${truncate(line, (stderr.columns ?? 80) - 1)}\u001b[K`);
    else stderr.write(`${line}\n`);
    shown = rewrites;
  };
  return { update, finish };
}

function progressText(
  task: string,
  done: number,
  total: number | null,
  unit: string,
  elapsedMs: number,
): string {
  const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : formatInteger(value));
  const suffix = unit === 'bytes' ? '' : ` ${unit}`;
  const name = visible(task);
  if (total === null || total <= 0) return `${name}  ${amount(done)}${suffix}`;
  const parts = [name, formatDone(done / total).padStart(5), `${amount(done)} of ${amount(total)}${suffix}`];
  if (elapsedMs >= ETA_AFTER_MS && done > 0 && done < total)
    parts.push(`${formatEta(((elapsedMs / done) * (total - done)) / 1000)} to go`);
  return parts.join('  ');
}
