import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { WorkError } from '../base/errors.js';
import type { Cell } from './cells.js';
import type { BenchResult } from './measure.js';

/** What is the same for all that is measured, as flags of `bench`. */
type SharedFlags = Readonly<Record<string, string | number | undefined>>;

/**
 * Measures a cell in a process of its own: memory is then its alone, and no idle thread of another engine slows it.
 * @throws WorkError where that process fails, which has said why.
 */
export async function measureApart(
  { model, mode, batchSize }: Cell,
  shared: SharedFlags,
): Promise<BenchResult> {
  const flags = Object.entries({ mode, 'batch-size': batchSize, ...shared }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const command = [...process.execArgv, process.argv[1]!, 'bench', model, '--json', ...flags];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new WorkError(`Measuring ${model} failed.`);
  return (JSON.parse(output) as BenchResult[])[0]!;
}
