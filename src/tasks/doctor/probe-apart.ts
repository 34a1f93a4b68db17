import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { entryPoint } from '../../base/files/places.js';
import type { ProviderName } from '../../engines/onnx/library/session.js';

/**
 * Tries a provider in a process of its own: drivers write what they like to standard error, and may end the process.
 * @returns why it does not work, or null
 */
export async function probeApart(provider: ProviderName): Promise<string | null> {
  const script = fileURLToPath(entryPoint('tasks/doctor/probe'));
  const child = spawn(process.execPath, [...process.execArgv, script, provider], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const [output, how] = await Promise.all([text(child.stdout), ended]);
  return output === ''
    ? `its driver ended the process that tried it (${how}).`
    : (JSON.parse(output) as string | null);
}
