import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findOnnxRuntime } from '../../engines/onnx/library/onnxruntime-package.js';
import type { Finding } from './finding.js';

/** The machine as its files show it; tests look at others by giving another root. */
interface Surroundings {
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

export const HERE: Surroundings = { root: '/', platform: process.platform, env: process.env };

/** A GPU that the system knows of. */
interface Adapter {
  /** `NVIDIA H100 80GB HBM3`, or its maker and number: `AMD 0x744c`. */
  readonly name: string;
  /** `nvidia 550.54.14`, `amdgpu`; null where none drives it. */
  readonly driver: string | null;
  /** Whether programs find the device file through which they use it. */
  readonly hasDeviceFile: boolean;
}

const MAKERS: Readonly<Record<string, string>> = {
  '0x10de': 'NVIDIA',
  '0x1002': 'AMD',
  '0x8086': 'Intel',
  '0x1af4': 'virtio',
  '0x15ad': 'VMware',
};
/** PCI devices that draw or compute: VGA, 3D and display controllers. */
const DISPLAY_CLASS = /^0x03/;

/** The GPUs on the PCI bus (Linux). */
export function adapters({ root }: Surroundings): Adapter[] {
  const bus = join(root, 'sys/bus/pci/devices');
  const hasRenderNode = list(join(root, 'dev/dri')).some((name) => name.startsWith('renderD'));
  return list(bus)
    .filter((slot) => DISPLAY_CLASS.test(read(join(bus, slot, 'class'))))
    .map((slot) => {
      const [vendor, device] = ['vendor', 'device'].map((file) => read(join(bus, slot, file)));
      const driver = linkName(join(bus, slot, 'driver'));
      const isNvidia = vendor === '0x10de';
      const model = isNvidia ? nvidiaModel(root, slot) : null;
      return {
        name: model ?? `${MAKERS[vendor!] ?? vendor} ${device}`,
        driver: isNvidia ? nvidiaDriver(root) : driver,
        hasDeviceFile: isNvidia ? list(join(root, 'dev')).includes('nvidia0') : hasRenderNode,
      };
    });
}

function nvidiaModel(root: string, slot: string): string | null {
  const text = read(join(root, 'proc/driver/nvidia/gpus', slot, 'information'));
  return /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? null;
}

function nvidiaDriver(root: string): string | null {
  const version = /Kernel Module\s+(?:for \S+\s+)?(\d+(?:\.\d+)+)/.exec(
    read(join(root, 'proc/driver/nvidia/version')),
  )?.[1];
  return version === undefined ? null : `nvidia ${version}`;
}

/** Which GPU there is, and what drives it. */
export function examineAdapters(around: Surroundings = HERE): Finding {
  const name = 'GPU';
  if (around.platform !== 'linux') {
    return {
      name,
      state: 'ok',
      detail: `the one that ${around.platform === 'darwin' ? 'Metal' : 'Direct3D'} offers`,
      fix: null,
    };
  }
  const found = adapters(around);
  if (found.length === 0) {
    const files = 'neither a display adapter on the PCI bus nor /dev/nvidia0 or /dev/dri/renderD*';
    const isPassedOn = ['nvidia0', 'dri'].some((file) => list(join(around.root, 'dev')).includes(file));
    if (isPassedOn)
      return { name, state: 'ok', detail: 'a device file without a PCI bus to name it', fix: null };
    return {
      name,
      state: 'absent',
      detail: `this system shows ${files}`,
      fix: 'Nothing is wrong where the machine has no GPU. In a container start it with the GPU passed on (docker run --gpus all, or --device /dev/dri).',
    };
  }
  const words = found.map((adapter) => `${adapter.name} (${adapter.driver ?? 'no driver'})`);
  const broken = found.find(({ driver, hasDeviceFile }) => driver === null || !hasDeviceFile);
  if (broken === undefined) return { name, state: 'ok', detail: words.join(', '), fix: null };
  const file = broken.name.startsWith('NVIDIA') ? '/dev/nvidia0' : '/dev/dri/renderD128';
  return {
    name,
    state: 'absent',
    detail: `${words.join(', ')}; ${broken.driver === null ? 'its driver is not loaded' : `there is no ${file}`}`,
    fix:
      broken.driver === null
        ? `Install the driver of ${broken.name} and restart.`
        : `Pass the device on to this container or user: ${file} must be there and readable.`,
  };
}

const LIBRARY_FOLDERS = ['lib', 'lib64', 'usr/lib', 'usr/lib64', 'usr/local/lib'];
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const DRIVER_FOLDERS = ['usr/share/vulkan/icd.d', 'etc/vulkan/icd.d', 'usr/local/share/vulkan/icd.d'];

/** Vulkan, through which WebGPU computes on Linux: its loader and the drivers that it would load. */
export function examineVulkan(around: Surroundings = HERE): Finding {
  const { root, platform, env } = around;
  const name = 'Vulkan';
  if (platform !== 'linux') return { name, state: 'ok', detail: 'not needed on this system', fix: null };
  const folders = LIBRARY_FOLDERS.flatMap((folder) => [folder, join(folder, MULTIARCH[process.arch] ?? '')]);
  const extra = (env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '');
  const places = [...folders.map((folder) => join(root, folder)), ...extra];
  const loader = places
    .map((folder) => join(folder, 'libvulkan.so.1'))
    .find((file) => list(dirname(file)).includes(basename(file)));
  const forced = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  const drivers = forced
    ? forced.split(':').map((file) => `${basename(file, '.json')} (by the environment)`)
    : DRIVER_FOLDERS.flatMap((folder) => list(join(root, folder)))
        .filter((file) => file.endsWith('.json'))
        .map((file) => basename(file, '.json'));
  if (loader === undefined) {
    return {
      name,
      state: 'absent',
      detail: 'its loader, libvulkan.so.1, is not installed',
      fix: 'Install it: "apt-get install libvulkan1" on Debian and Ubuntu, vulkan-loader on Fedora.',
    };
  }
  if (drivers.length > 0)
    return { name, state: 'ok', detail: `loader ${loader}, drivers: ${drivers.join(', ')}`, fix: null };
  return {
    name,
    state: 'absent',
    detail: `loader ${loader}, but no driver is registered in ${DRIVER_FOLDERS.map((folder) => `/${folder}`).join(', ')}`,
    fix: 'Install the Vulkan part of the GPU driver: libnvidia-gl for NVIDIA, "apt-get install mesa-vulkan-drivers" for AMD and Intel.',
  };
}

/** What the CUDA provider lacks, a phrase each; none where all is there. */
export function missingForCuda(around: Surroundings = HERE): string[] {
  const missing: string[] = [];
  const files = list(join(findOnnxRuntime().folder, 'bin/napi-v6', process.platform, process.arch));
  if (!files.some((file) => /onnxruntime_providers_cuda/.test(file)))
    missing.push("ONNX Runtime's CUDA files are not installed");
  if (around.platform === 'linux' && !list(join(around.root, 'dev')).includes('nvidia0')) {
    missing.push('there is no /dev/nvidia0');
  }
  if (around.platform === 'linux' && nvidiaDriver(around.root) === null)
    missing.push('no NVIDIA driver is loaded');
  return missing;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkName(file: string): string | null {
  try {
    return basename(readlinkSync(file));
  } catch {
    return null;
  }
}
