import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adapters,
  examineAdapters,
  examineVulkan,
  HERE,
  missingForCuda,
} from '../../../src/tasks/doctor/graphics.js';
import { temporaryFolder } from '../../support/folders.js';

const folder = temporaryFolder();

/** A machine that has these files, by their paths. */
function machine(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
  const root = mkdtempSync(join(folder, 'machine-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return { root, platform: 'linux' as const, env };
}

const BUS = 'sys/bus/pci/devices';
const NVIDIA = {
  [`${BUS}/0000:17:00.0/class`]: '0x030200\n',
  [`${BUS}/0000:17:00.0/vendor`]: '0x10de\n',
  [`${BUS}/0000:17:00.0/device`]: '0x2330\n',
};
const NVIDIA_DRIVER = {
  'proc/driver/nvidia/gpus/0000:17:00.0/information': 'Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 52\n',
  'proc/driver/nvidia/version':
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n',
};
const AMD = {
  [`${BUS}/0000:03:00.0/class`]: '0x030000\n',
  [`${BUS}/0000:03:00.0/vendor`]: '0x1002\n',
  [`${BUS}/0000:03:00.0/device`]: '0x744c\n',
  [`${BUS}/0000:03:00.0/driver`]: '-> ../../../bus/pci/drivers/amdgpu',
};
const NETWORK_CARD = {
  [`${BUS}/0000:00:03.0/class`]: '0x020000\n',
  [`${BUS}/0000:00:03.0/vendor`]: '0x1af4\n',
};

test('an NVIDIA GPU by its name, with its driver', () => {
  const around = machine({ ...NETWORK_CARD, ...NVIDIA, ...NVIDIA_DRIVER, 'dev/nvidia0': '' });
  assert.equal(adapters(around), [
    { name: 'NVIDIA H100 80GB HBM3', driver: 'nvidia 550.54.14', hasDeviceFile: true },
  ]);
  assert.equal(examineAdapters(around), {
    name: 'GPU',
    state: 'ok',
    detail: 'NVIDIA H100 80GB HBM3 (nvidia 550.54.14)',
    fix: null,
  });
  assert.equal(missingForCuda(around), missingForCuda(machine({})).slice(0, -2));
});

test('a GPU without its driver, and one whose device file is not passed on', () => {
  const bare = examineAdapters(machine(NVIDIA));
  assert.is(bare.detail, 'NVIDIA 0x2330 (no driver); its driver is not loaded');
  assert.is(bare.fix, 'Install the driver of NVIDIA 0x2330 and restart.');
  const hidden = examineAdapters(machine({ ...NVIDIA, ...NVIDIA_DRIVER }));
  assert.is(hidden.detail, 'NVIDIA H100 80GB HBM3 (nvidia 550.54.14); there is no /dev/nvidia0');
  assert.is(
    hidden.fix,
    'Pass the device on to this container or user: /dev/nvidia0 must be there and readable.',
  );
  assert.is(examineAdapters(machine(AMD)).detail, 'AMD 0x744c (amdgpu); there is no /dev/dri/renderD128');
  assert.is(examineAdapters(machine({ ...AMD, 'dev/dri/renderD128': '' })).detail, 'AMD 0x744c (amdgpu)');
});

test('no GPU is no fault', () => {
  const { state, detail } = examineAdapters(machine(NETWORK_CARD));
  assert.is(state, 'absent');
  assert.match(detail, /^this system shows neither/);
});

test('Vulkan: the loader, its drivers, and what is missing', () => {
  const loader = { 'usr/lib/libvulkan.so.1': '' };
  assert.is(examineVulkan(machine({})).detail, 'its loader, libvulkan.so.1, is not installed');
  assert.match(examineVulkan(machine({})).fix!, /"apt-get install libvulkan1"/);
  const alone = examineVulkan(machine(loader));
  assert.is(alone.state, 'absent');
  assert.match(alone.detail, /but no driver is registered in \/usr\/share\/vulkan\/icd\.d/);
  const whole = examineVulkan(machine({ ...loader, 'usr/share/vulkan/icd.d/nvidia_icd.json': '{}' }));
  assert.is(whole.state, 'ok');
  assert.match(whole.detail, /^loader .*\/usr\/lib\/libvulkan\.so\.1, drivers: nvidia_icd$/);
  const forced = examineVulkan(machine(loader, { VK_DRIVER_FILES: '/x/vk_swiftshader_icd.json' }));
  assert.match(forced.detail, /drivers: vk_swiftshader_icd \(by the environment\)$/);
});

test('what CUDA lacks on this machine is what is not there', () => {
  const missing = missingForCuda();
  const hasNvidia = existsSync('/dev/nvidia0');
  assert.is(missing.includes('there is no /dev/nvidia0'), process.platform === 'linux' && !hasNvidia);
  const { state } = examineAdapters();
  if (adapters(HERE).length === 0 && !hasNvidia && !existsSync('/dev/dri')) {
    assert.is(state, process.platform === 'linux' ? 'absent' : 'ok');
  }
  assert.is(examineAdapters({ ...HERE, platform: 'darwin' }).detail, 'the one that Metal offers');
});

test.run();
