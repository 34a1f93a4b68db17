/**
 * Tests of the GPU path, `npm run test:gpu`: the layers against TensorFlow.js, where every operator of the zoo runs, and
 * memory over many steps; with `--quick` those of `test/gpu/quick.gpu.ts` alone. They run on the machine's GPU, or on a
 * software adapter (SwiftShader, which comes with Chromium), where only correctness counts. Without either they are
 * skipped, in so many words.
 */
import { spawnSync } from 'node:child_process';
import { hasHardwareGpu } from '../../src/engines/onnx/devices.js';
import { findAdapter } from './adapter.js';

const ALL = '(parity-layers\\.test|gpu/.*\\.gpu)\\.ts$';
const QUICK = 'gpu/quick\\.gpu\\.ts$';

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
