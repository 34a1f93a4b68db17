import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { UsageError, WorkError } from '../../base/errors.js';
import type { BenchResult } from './measure.js';

/**
 * Measures in a process of its own: memory is then its alone, and no idle thread of another engine slows it.
 * @param words the command line of `bench` that does it and writes JSON
 * @throws WorkError with its sentence where that process fails; a UsageError where it says that of itself
 */
export async function measureApart(model: string, words: readonly string[]): Promise<BenchResult> {
  const command = [...process.execArgv, process.argv[1]!, ...words];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, said, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw errorOf(said) ?? new WorkError(`Measuring ${model} failed: ${said.trim()}`);
  process.stderr.write(said);
  return (JSON.parse(output) as BenchResult[])[0]!;
}

/** The error that a process which writes JSON has said last. */
function errorOf(said: string): WorkError | undefined {
  const last = said.trim().split('\n').at(-1) ?? '';
  try {
    const { message, code } = (JSON.parse(last) as { error: { message: string; code: string } }).error;
    return code === 'usage' ? new UsageError(message) : new WorkError(message);
  } catch {
    return undefined;
  }
}
