import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';

/** The runs of a comparison, as tests that disturb it see them. */
export class WatchedComparison {
  readonly #dir: string;
  readonly #runs: readonly string[];

  constructor(dir: string, runs: readonly string[]) {
    this.#dir = dir;
    this.#runs = runs;
  }

  get done(): number {
    return this.#runs.filter((run) => this.statusOf(run) === 'completed').length;
  }

  get training(): number {
    return this.#runs.filter((run) => this.statusOf(run) === 'running').length;
  }

  /** null before it has begun; `running` also of one that still has to be tested. */
  statusOf(run: string): string | null {
    const info = this.infoOf(run);
    if (info === null) return null;
    return info.status === 'completed' && info.test === null ? 'running' : info.status;
  }

  infoOf(run: string): { status: string; test: unknown; owner: { pid: number; host: string } } | null {
    const file = join(this.#dir, run, 'run.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  }

  /** That every run came to the bits of the one that nobody disturbed, and that nothing was trained twice. */
  requireSameBits(undisturbed: string): void {
    for (const run of this.#runs) {
      const weights = (dir: string) => readFileSync(join(dir, run, 'weights.safetensors'));
      assert.ok(weights(this.#dir).equals(weights(undisturbed)), `${this.#dir}/${run}`);
      const lines = readFileSync(join(this.#dir, run, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n');
      assert.is(new Set(lines).size, lines.length, `${run} has lines twice`);
    }
  }
}

export async function until(holds: () => boolean, what: string, seconds = 60): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    if (holds()) return;
    await sleep(30);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Processes that a process has started. */
export function childrenOf(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
