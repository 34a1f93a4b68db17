import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { examine } from '../../../src/tasks/doctor/examine.js';

test('doctor looks at every engine, device and data set, and says how to mend what is missing', async () => {
  const findings = await examine();
  assert.equal(
    findings.slice(0, 9).map(({ name }) => name),
    [
      'Node.js',
      'Processor',
      'GPU',
      'Vulkan',
      'onnx engine, cpu',
      'onnx engine, webgpu',
      'onnx engine, cuda',
      'tensorflow engine, tfjs-node-gpu',
      'tensorflow engine, cpu',
    ],
  );
  assert.ok(findings.some(({ name }) => name === 'data set mnist'));
  for (const { name, state, detail, fix } of findings) {
    assert.ok(detail.length > 0, `${name} says nothing`);
    assert.is(fix === null, state === 'ok', `${name} is ${state}, but its fix is ${fix}`);
  }
  // Where nothing is found, each is called what it is.
  const { fix } = findings.find(({ name }) => name === 'data set cifar10')!;
  if (fix !== null) assert.match(fix, 'put its archive cifar-10-binary.tar.gz into one of these folders');
  const needed = findings.filter(({ name }) =>
    ['Node.js', 'onnx engine, cpu', 'data set digits'].includes(name),
  );
  assert.equal(
    needed.map(({ state }) => state),
    ['ok', 'ok', 'ok'],
  );
});

test.run();
