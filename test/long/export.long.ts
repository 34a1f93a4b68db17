import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { onnx, ownProbabilities, testImages } from '../../src/tasks/export/onnx.js';
import { askPeers, peersMissing } from '../support/files/onnx-peers.js';
import { temporaryFolder } from '../support/folders.js';
import { zooNetwork } from '../support/networks/networks.js';

/** The large models of the zoo; the small ones are in test/tasks/export/export.test.ts. */
const LARGE = modelNames().filter((name) => loadModel(name).config.input[0] >= 64);
const folder = temporaryFolder();
const missing = peersMissing();
if (missing !== null) console.log(missing);

for (const name of LARGE) {
  test(`ONNX: ${name} gives our own outputs`, async () => {
    const network = zooNetwork(name);
    const { largestDifference } = await onnx.write(network, join(folder, 'model.onnx'));
    const largest = Math.max(...(await ownProbabilities(network, testImages(network.graph))));
    process.stdout.write(`\n${name}: differs by ${largestDifference}, largest probability ${largest}\n`);
    assert.ok(largestDifference! < 1e-5, `differs by ${largestDifference}`);
    assert.ok(largest > 1.5 / network.graph.classes, 'the outputs are all alike');
  });

  (missing === null ? test : test.skip)(`onnx.checker and OpenCV take ${name}`, async () => {
    const { checker, opencv, largestDifference } = await askPeers(zooNetwork(name));
    process.stdout.write(`\n${name}: OpenCV differs by ${largestDifference}\n`);
    assert.equal([checker, opencv], [null, null]);
    assert.ok(largestDifference < 1e-5, `differs by ${largestDifference}`);
  });
}

test.run();
