import '../../support/flags.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import {
  createTensorflowEngine,
  loadPlainLibrary,
  openDevice,
  probeTfjsNodeGpu,
} from '../../../src/engines/tensorflow/index.js';
import { loadNodeLibrary } from '../../../src/engines/tensorflow/node-gpu.js';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
const plain = await loadPlainLibrary();

/** Stands in for the package: TensorFlow.js on its plain backend under the name of the native one. */
const fakePackage = (gpu: boolean) => async () => ({
  ...plain.tf,
  version: { 'tfjs-node': '4.22.0' },
  setBackend: async () => true,
  backend: () => ({ isUsingGpuDevice: gpu, binding: { TF_Version: '2.9.1' } }),
});

const failing = (message: string, code?: string) => async () => {
  throw Object.assign(new Error(message), { code });
};

const absent = failing(`Cannot find package '${PACKAGE}' imported from /x.js`, 'ERR_MODULE_NOT_FOUND');

async function messageFrom(device: string, importModule: () => Promise<unknown>): Promise<string> {
  try {
    await openDevice(device, () => loadNodeLibrary(importModule));
  } catch (error) {
    assert.instance(error, WorkError);
    return (error as Error).message;
  }
  return assert.unreachable(`${device} must be refused`) as never;
}

test('the probe says why the package cannot be used, and what would help', async () => {
  const cases: [() => Promise<unknown>, string, string][] = [
    [
      absent,
      `${PACKAGE} is not installed`,
      `npm install ${PACKAGE} (it downloads libtensorflow 2.9.1 and wants CUDA 11.2 and cuDNN 8.1)`,
    ],
    [
      failing(
        'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. \nPlease run ...',
      ),
      `${PACKAGE} is installed without its native binding`,
      `npm rebuild ${PACKAGE} --build-addon-from-source`,
    ],
    [
      failing(
        'The module x was compiled against a different Node.js version using\nNODE_MODULE_VERSION 93.',
        'ERR_DLOPEN_FAILED',
      ),
      `${PACKAGE} was built for another version of Node.js than ${process.version}`,
      `npm rebuild ${PACKAGE} --build-addon-from-source`,
    ],
    [
      failing(
        'libtensorflow.so.2: cannot open shared object file: No such file or directory',
        'ERR_DLOPEN_FAILED',
      ),
      `${PACKAGE} does not find libtensorflow.so.2`,
      `npm rebuild ${PACKAGE}`,
    ],
    [
      failing(
        'libcudart.so.11.0: cannot open shared object file: No such file or directory',
        'ERR_DLOPEN_FAILED',
      ),
      `${PACKAGE} does not find libcudart.so.11.0`,
      'install CUDA 11.2 and cuDNN 8.1, and put them on LD_LIBRARY_PATH',
    ],
    [
      failing("Cannot find module '@mapbox/node-pre-gyp'\nRequire stack:", 'MODULE_NOT_FOUND'),
      `${PACKAGE} does not load: Cannot find module '@mapbox/node-pre-gyp'`,
      `npm rebuild ${PACKAGE}`,
    ],
  ];
  for (const [importModule, reason, fix] of cases) {
    assert.equal(await probeTfjsNodeGpu(importModule), { available: false, reason, fix });
  }
});

test('the probe says whether a package that loads sees a GPU', async () => {
  for (const gpu of [true, false]) {
    assert.equal(await probeTfjsNodeGpu(fakePackage(gpu)), {
      available: true,
      gpu,
      version: '4.22.0',
      libtensorflow: '2.9.1',
    });
  }
});

test('the package gives cuda with a GPU and cpu without, for auto too', async () => {
  const open = (device: string, gpu: boolean) => openDevice(device, () => loadNodeLibrary(fakePackage(gpu)));
  assert.is((await open('auto', true)).device.name, 'cuda');
  assert.is(
    (await open('cuda', true)).device.description,
    'CUDA GPU, tfjs-node-gpu 4.22.0 with libtensorflow 2.9.1',
  );
  for (const device of ['auto', 'cpu']) {
    assert.equal((await open(device, false)).device, {
      name: 'cpu',
      description: 'libtensorflow 2.9.1 on the CPU: tfjs-node-gpu 4.22.0 sees no CUDA GPU',
    });
  }
});

test('without the package auto and cpu are the plain backend', async () => {
  const before = process.env.CUDA_VISIBLE_DEVICES;
  for (const device of ['auto', 'cpu']) {
    const library = await openDevice(device, () => loadNodeLibrary(absent));
    assert.equal(library.device, { name: 'cpu', description: 'TensorFlow.js plain JS backend, 1 thread' });
  }
  assert.is(process.env.CUDA_VISIBLE_DEVICES, before);
});

test('a device that is not there is refused with the way out', async () => {
  assert.is(
    await messageFrom('cuda', absent),
    `The tensorflow engine has no device "cuda": ${PACKAGE} is not installed. ` +
      `Try: npm install ${PACKAGE} (it downloads libtensorflow 2.9.1 and wants CUDA 11.2 and cuDNN 8.1); or --engine onnx.`,
  );
  assert.is(
    await messageFrom('cuda', fakePackage(false)),
    'The tensorflow engine has no device "cuda": TensorFlow sees no CUDA GPU. Install the NVIDIA driver with CUDA 11.2 and cuDNN 8.1, or use --engine onnx.',
  );
  assert.is(
    await messageFrom('cpu', fakePackage(true)),
    'TensorFlow has taken the CUDA GPU: set CUDA_VISIBLE_DEVICES=-1 to compute on the CPU, or use --engine onnx --device cpu.',
  );
  assert.is(
    await messageFrom('webgpu', absent),
    'The tensorflow engine has no device "webgpu": it computes on cpu or cuda. Use --engine onnx --device webgpu, or --device auto.',
  );
});

test('the engine says what it is', async () => {
  const engine = await createTensorflowEngine({ device: 'cpu' });
  assert.is(engine.name, 'tensorflow');
  assert.is(engine.device.name, 'cpu');
  assert.ok(Object.keys(engine.versions).length > 0);
  await engine.dispose();
});

test.run();
