/** Nothing is sent, ever, unless the user asks for it: what ONNX Runtime is told before it is loaded. */
import { isMainThread } from 'node:worker_threads';

const OFF = 'ORT_DISABLE_TELEMETRY';

/**
 * Sees to it that ONNX Runtime sends no telemetry, unless `CNNZOO_ORT_TELEMETRY=1` asks for it. To be called before a thread
 * is started that loads it: a thread's `process.env` is a copy that native code does not see.
 * @returns false where that cannot be seen to: in a thread that was started before
 */
export function switchOffTelemetry(): boolean {
  if (process.env.CNNZOO_ORT_TELEMETRY === '1') return true;
  if (isMainThread) process.env[OFF] = '1';
  return process.env[OFF] === '1';
}
