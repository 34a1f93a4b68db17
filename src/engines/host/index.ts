import type { EngineRequest, StartedEngine } from './engines.js';

/**
 * Starts an engine on a thread of its own, so that the screen and Ctrl-C stay alive while it works.
 * `auto`: tensorflow where tfjs-node-gpu loads and sees a CUDA GPU, else onnx.
 * @throws WorkError when the engine or device that was asked for is not there, with the way out.
 */
export async function startEngine(request: EngineRequest): Promise<StartedEngine> {
  const { startWorker } = await import('./host.js');
  return startWorker(request);
}
