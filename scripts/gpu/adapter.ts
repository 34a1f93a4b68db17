/** The adapter that scripts compute on, and what the machine says of it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasHardwareGpu } from '../../src/engines/onnx/devices.js';
import { adapters, HERE } from '../../src/tasks/doctor/graphics.js';
import { probeApart } from '../../src/tasks/doctor/probe-apart.js';

const SOFTWARE_DRIVERS = ['chromium', 'chromium-browser', 'google-chrome', '../../opt/google/chrome'].map(
  (folder) => `/usr/lib/${folder}/vk_swiftshader_icd.json`,
);

/** Makes an adapter usable, the machine's own or a software one. @returns why there is none, or null */
export async function findAdapter(): Promise<string | null> {
  if (hasHardwareGpu()) {
    const failure = await probeApart('webgpu');
    if (failure === null) return null;
    console.log(
      `The machine's GPU cannot be used (${failure.replace(/\.$/, '')}); trying a software adapter.`,
    );
  }
  const driver = SOFTWARE_DRIVERS.find((file) => existsSync(file));
  if (process.env.VK_DRIVER_FILES === undefined && driver !== undefined) {
    // Both names: the second is what Vulkan loaders before 1.3.207 know.
    process.env.VK_DRIVER_FILES = driver;
    process.env.VK_ICD_FILENAMES = driver;
  }
  process.env.XDG_RUNTIME_DIR ??= '/tmp';
  return probeApart('webgpu');
}

/** A card, and what drives it. */
export interface Card {
  readonly name: string;
  readonly driver: string;
}

/** The first card that computes; the software adapter's name where none does. */
export function cardOf(): Card {
  const [card] = hasHardwareGpu() ? adapters(HERE) : [];
  if (card) return { name: card.name, driver: card.driver ?? 'unknown' };
  const software = (process.env.VK_DRIVER_FILES ?? '').includes('swiftshader');
  return hasHardwareGpu()
    ? { name: ask('name') ?? 'unknown', driver: `nvidia ${ask('driver_version') ?? 'unknown'}` }
    : { name: software ? 'SwiftShader, a software adapter' : 'a software adapter', driver: 'none' };
}

/** Bytes of the card's memory that are in use by all programs; null where nvidia-smi does not say. */
export function adapterMemory(): number | null {
  const mebibytes = Number(ask('memory.used') ?? Number.NaN);
  return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null;
}

/** What nvidia-smi says of the first card; null where there is none. */
function ask(field: string): string | null {
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    [`--query-gpu=${field}`, '--format=csv,noheader,nounits'],
    { encoding: 'utf8' },
  );
  return status === 0 ? (stdout.split('\n')[0]?.trim() ?? null) : null;
}
