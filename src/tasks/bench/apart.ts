import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { WorkError } from '../../base/errors.js';
import type { BenchResult } from './measure.js';

/**
 * Measures in a process of its own: memory is then its alone, and no idle thread of another engine slows it.
 * @param words the command line of `bench` that does it and writes JSON
 * @throws WorkError where that process fails, which has said why.
 */
export async function measureApart(model: string, words: readonly string[]): Promise<BenchResult> {
  const command = [...process.execArgv, process.argv[1]!, ...words];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new WorkError(`Measuring ${model} failed.`);
  return (JSON.parse(output) as BenchResult[])[0]!;
}
