import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UsageError, WorkError } from '../../base/errors.js';
import { processorName } from '../../base/machine/cores.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import type { Device } from '../engine.js';
import { ORT_VERSION, ort } from './library/onnxruntime.js';
import { cudaCommand } from './library/onnxruntime-package.js';
import { createSession, type ProviderName } from './library/session.js';
import { GraphWriter } from './write/writer.js';

/**
 * The provider for `device`. `auto` takes a hardware GPU when there is one, else the CPU.
 * @throws UsageError for a device that there is not; WorkError when it cannot be used here, with the way out.
 */
export async function resolveDevice(wanted: string): Promise<ProviderName> {
  if (wanted === 'cpu') return wanted;
  if (wanted === 'auto') return hasHardwareGpu() && (await probe('webgpu')) === null ? 'webgpu' : 'cpu';
  if (wanted === 'webgpu' || wanted === 'cuda') {
    const failure = await probe(wanted);
    if (failure === null) return wanted;
    throw new WorkError(`The device "${wanted}" cannot be used: ${failure} ${wayOut(wanted)}`);
  }
  throw new UsageError(
    `There is no device "${wanted}" in the onnx engine: use ${setting('device', 'auto')}, cpu, webgpu or cuda.`,
  );
}

/** What would make a device work. */
export const MENDS = {
  webgpu: () => 'Install the GPU driver with its Vulkan part (on Linux libvulkan1)',
  cuda: () => `Fetch its CUDA files by "${cudaCommand()}"`,
};

function wayOut(device: 'webgpu' | 'cuda'): string {
  const other = device === 'webgpu' ? setting('device', 'cpu') : `${setting('device', 'webgpu')} or cpu`;
  return `${MENDS[device]()}, or use ${other}.`;
}

/** A provider's device for people. @param threads on the CPU */
export function describeDevice(name: ProviderName, threads: number): Device {
  const descriptions: Record<ProviderName, string> = {
    cpu: `${processorName()}, ${counted(threads, 'thread')}`,
    webgpu: 'GPU through WebGPU',
    cuda: 'GPU through CUDA',
  };
  return { name, description: descriptions[name] };
}

/** Tries a provider on a graph of one node. @returns why it does not work, or null */
export async function probe(provider: ProviderName): Promise<string | null> {
  if (!ort.listSupportedBackends().some(({ name }) => name === provider)) {
    return `this build of ONNX Runtime (${ORT_VERSION}, ${process.platform} ${process.arch}) has no ${provider} provider.`;
  }
  const g = new GraphWriter();
  const x = g.input('x', [4]);
  g.output(g.add(x, x), 'y');
  try {
    const session = await createSession(g.encode(), { provider, threads: 1 });
    await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [4]) });
    await session.release();
    return null;
  } catch (error) {
    return messageOf(error).replace(/^The program cannot be built on \w+: /, '');
  }
}

/**
 * Whether there may be a real GPU. WebGPU also runs on software adapters, hundreds of times slower than the CPU
 * provider, and does not say which it took: so on Linux a device node must be there, and no software driver be forced.
 */
export function hasHardwareGpu(env = process.env, platform = process.platform, devices = '/dev'): boolean {
  const forced = `${env.VK_DRIVER_FILES ?? ''} ${env.VK_ICD_FILENAMES ?? ''}`;
  if (/swiftshader|lvp|lavapipe/i.test(forced)) return false;
  if (platform !== 'linux') return platform === 'darwin' || platform === 'win32';
  if (existsSync(join(devices, 'nvidia0'))) return true;
  try {
    return readdirSync(join(devices, 'dri')).some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}
