import type { Engine } from '../engine.js';
import type { EngineRequest } from './protocol.js';

/**
 * The engine that was asked for. `auto` takes tensorflow where tfjs-node-gpu loads and sees a CUDA GPU (and the device
 * that was asked for is one of its), else onnx.
 */
export async function selectEngine(request: EngineRequest): Promise<Engine> {
  if (
    request.engine === 'tensorflow' ||
    (request.engine === 'auto' && (await tensorflowHasGpu(request.device)))
  ) {
    const { createTensorflowEngine } = await import('../tensorflow/index.js');
    return createTensorflowEngine(request);
  }
  const { createOnnxEngine } = await import('../onnx/index.js');
  return createOnnxEngine(request);
}

async function tensorflowHasGpu(device: string): Promise<boolean> {
  if (device !== 'auto' && device !== 'cuda') return false;
  const { probeTfjsNodeGpu } = await import('../tensorflow/node-gpu.js');
  const found = await probeTfjsNodeGpu();
  return found.available && found.gpu;
}
