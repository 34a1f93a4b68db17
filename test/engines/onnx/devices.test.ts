import '../../support/flags.js';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasHardwareGpu } from '../../../src/engines/onnx/devices.js';

test('a GPU of the machine is what --device auto may take', () => {
  const devices = mkdtempSync(join(tmpdir(), 'cnnzoo-dev-'));
  try {
    assert.is(hasHardwareGpu({}, 'linux', devices), false);
    mkdirSync(join(devices, 'dri'));
    writeFileSync(join(devices, 'dri', 'card0'), '');
    assert.is(hasHardwareGpu({}, 'linux', devices), false, 'a screen without a GPU');
    writeFileSync(join(devices, 'dri', 'renderD128'), '');
    assert.is(hasHardwareGpu({}, 'linux', devices), true);
    assert.is(hasHardwareGpu({}, 'darwin'), true);
    assert.is(hasHardwareGpu({}, 'win32'), true);
    assert.is(hasHardwareGpu({}, 'freebsd'), false);
    for (const driver of [
      '/usr/lib/chromium/vk_swiftshader_icd.json',
      '/usr/share/vulkan/icd.d/lvp_icd.json',
    ]) {
      for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) {
        assert.is(hasHardwareGpu({ [name]: driver }, 'linux', devices), false, `${name}=${driver}`);
        assert.is(hasHardwareGpu({ [name]: driver }, 'win32'), false, `${name}=${driver}`);
      }
    }
  } finally {
    rmSync(devices, { recursive: true });
  }
});

test.run();
