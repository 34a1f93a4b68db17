import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bytes, bytesOf } from '../../../../src/base/files/bytes.js';
import { weightsFromOnnx } from '../../../../src/engines/onnx/exchange/import/match.js';
import { readModel } from '../../../../src/engines/onnx/exchange/view/model-file.js';
import { constantOf } from '../../../../src/engines/onnx/exchange/view/tensors.js';
import { encodeModel } from '../../../../src/engines/onnx/write/proto.js';
import { buildGraph } from '../../../../src/models/build.js';
import { initialWeights } from '../../../../src/models/graph/initial-weights.js';
import { loadModel } from '../../../../src/models/zoo.js';
import { exportedBytes } from '../../../support/files/onnx-files.js';

const test = suite('ONNX files, read in parts');

/** Bytes that count how many of them are read. */
function counted(content: Uint8Array): { readonly bytes: Bytes; read(): number } {
  const all = bytesOf('file.onnx', content);
  let count = 0;
  const read: Bytes['read'] = (into, at) => {
    count += into.length;
    all.read(into, at);
  };
  return { bytes: { size: content.length, read }, read: () => count };
}

test('of a large model little but the values that are wanted is read, and each of them once', () => {
  const graph = buildGraph(loadModel('lenet5'));
  const weights = initialWeights(graph, 3);
  const content = exportedBytes(graph, weights);
  const { bytes, read } = counted(content);
  const model = readModel('file.onnx', bytes)!;
  assert.ok(read() < 0.6 * content.length, `${read()} of ${content.length} bytes`);
  const before = read();
  assert.equal(
    new Map([...weightsFromOnnx('file.onnx', model, graph).weights].sort()),
    new Map([...weights].sort()),
  );
  assert.ok(read() - before < content.length, `${read() - before} of ${content.length} bytes`);
});

/** A model of one node with an initializer. */
const withTensor = (tensor: object): Uint8Array =>
  encodeModel({
    graph: { node: [{ opType: 'Identity', input: ['x'], output: ['y'] }], initializer: [tensor] },
    opsets: [],
  });

test('values in a list of their own are left in the file as well, and lists of other types are read', () => {
  const floats = Array.from({ length: 5000 }, (_, i) => Math.fround(i / 7));
  const valuesOf = (tensor: object) => {
    const { bytes, read } = counted(withTensor({ name: 'x', dims: [50, 100], ...tensor }));
    const [initializer] = readModel('file.onnx', bytes)!.graph!.initializer;
    const constant = constantOf('file.onnx', initializer!);
    return { read: read(), all: Array.from(constant.numbers()), constant };
  };
  const listed = valuesOf({ dataType: 1, floatData: floats });
  // The window that is looked at holds them, but the message does not.
  assert.ok(listed.read < 5000 * 4 + 1000, `${listed.read} bytes`);
  assert.equal(listed.all, floats);
  const part = new Float32Array(7);
  listed.constant.read(part, 4990);
  assert.equal([...part], floats.slice(4990, 4997));
  assert.equal(valuesOf({ dataType: 11, doubleData: floats }).all, floats);
  assert.equal(valuesOf({ dataType: 7, int64Data: floats.map((_, i) => i) }).all[4999], 4999);
  assert.throws(
    () => valuesOf({ dataType: 1, rawData: new Uint8Array(8000) }),
    /"x" of shape \[50, 100\] has 2000 values/,
  );
});

test('what is no message, or not all of one, is no model', () => {
  const whole = withTensor({ name: 'x', dims: [2000], dataType: 1, rawData: new Uint8Array(8000) });
  assert.ok(readModel('file.onnx', bytesOf('file.onnx', whole)));
  for (let length = 0; length < whole.length; length += 97)
    assert.is(readModel('file.onnx', bytesOf('file.onnx', whole.subarray(0, length))), null, String(length));
  // A length of more than there is, a group, a number without an end.
  for (const bytes of [[0x3a, 0x7f], [0x3b, 0x3c], new Array(20).fill(0x80)])
    assert.is(readModel('file.onnx', bytesOf('file.onnx', Uint8Array.from(bytes))), null);
});

test.run();
