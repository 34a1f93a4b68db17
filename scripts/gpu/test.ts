/**
 * Tests of the GPU path, `npm run test:gpu`: the layers against TensorFlow.js, where every operator of the zoo runs, and
 * memory over many steps; with `--quick` those of `test/gpu/quick.gpu.ts` alone. They run on the machine's GPU, or on a
 * software adapter (SwiftShader, which comes with Chromium), where only correctness counts. Without either they are
 * skipped, in so many words.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasHardwareGpu } from '../../src/engines/onnx/devices.js';
import { probeApart } from '../../src/tasks/doctor/probe-apart.js';

const ALL = '(parity-layers\\.test|gpu/.*\\.gpu)\\.ts$';
const QUICK = 'gpu/quick\\.gpu\\.ts$';

const SOFTWARE_DRIVERS = ['chromium', 'chromium-browser', 'google-chrome', '../../opt/google/chrome'].map(
  (folder) => `/usr/lib/${folder}/vk_swiftshader_icd.json`,
);

/** Makes an adapter usable, the machine's own or a software one. @returns why there is none, or null */
async function findAdapter(): Promise<string | null> {
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

const failure = await findAdapter();
if (failure !== null) {
  const wayOut = 'On Debian "apt-get install chromium libvulkan1" brings a software one.';
  console.log(
    `SKIPPED, the GPU path was not tested: there is no WebGPU adapter (${failure.replace(/\.$/, '')}). ${wayOut}`,
  );
} else {
  console.log(
    `Adapter: ${hasHardwareGpu() ? "the machine's GPU" : 'software (SwiftShader): slow, correctness only'}`,
  );
  const [given = ALL] = process.argv.slice(2);
  const only = given === '--quick' ? QUICK : given;
  const uvu = ['--import', './test/support/register.js', 'node_modules/uvu/bin.js', 'test', only];
  const { status } = spawnSync(process.execPath, uvu, {
    stdio: 'inherit',
    env: { ...process.env, CNNZOO_TEST_DEVICE: 'webgpu' },
  });
  process.exitCode = status ?? 1;
}
