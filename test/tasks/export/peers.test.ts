import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, modelNames } from '../../../src/models/zoo.js';
import { askPeers, peersMissing } from '../../support/files/onnx-peers.js';
import { networkOf, SAMPLES, zooNetwork } from '../../support/networks/networks.js';

const missing = peersMissing();
if (missing !== null) console.log(missing);
const peers = missing === null ? test : test.skip;

/** Networks that OpenCV 4.6 cannot take, with what it says of the first node that it stops at. */
const NOT_IN_OPENCV: Readonly<Record<string, RegExp>> = {
  // A kernel that is put together from a connection table: Pad and Gather of constants.
  'lenet5-1998': /Node \[Pad@ai\.onnx\]:\(onnx_node!C3\/Pad\)/,
  // Maxima over neighbouring channels: Gather with more than one index.
  'flattened branches joined, channels pooled':
    /Node \[Gather@ai\.onnx\]:\(onnx_node!depthMaxPool_1\/Gather\)/,
};

const small = modelNames().filter((name) => loadModel(name).config.input[0] < 64);
for (const [name, make] of [
  ...small.map((zoo) => [zoo, () => zooNetwork(zoo)] as const),
  ...Object.entries(SAMPLES).map(([sample, graph]) => [sample, () => networkOf(graph())] as const),
]) {
  peers(`onnx.checker and OpenCV take ${name}`, async () => {
    const { checker, opencv, largestDifference } = await askPeers(make());
    assert.is(checker, null);
    const refusal = NOT_IN_OPENCV[name];
    if (refusal !== undefined) return assert.match(String(opencv), refusal);
    assert.is(opencv, null);
    assert.ok(largestDifference < 1e-5, `differs by ${largestDifference}`);
  });
}

test.run();
