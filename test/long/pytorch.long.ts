/** model.py of the large models of the zoo in PyTorch; the small ones are in test/tasks/export/pytorch.test.ts. */
import { rmSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { ownProbabilities, testImages } from '../../src/tasks/export/onnx.js';
import { askTorch, torchMissing } from '../support/files/torch-peer.js';
import { temporaryFolder } from '../support/folders.js';
import { zooNetwork } from '../support/networks/networks.js';

const test = suite('large networks for PyTorch');
const missing = torchMissing();
if (missing !== null) console.log(missing);

for (const name of modelNames().filter((model) => loadModel(model).config.input[0] >= 64)) {
  (missing === null ? test : test.skip)(`model.py of ${name} gives our outputs to 1e-5`, async () => {
    const folder = temporaryFolder();
    const network = zooNetwork(name);
    const [opinion] = await askTorch([network], folder);
    rmSync(folder, { recursive: true });
    const { problem, largestDifference } = opinion!;
    const largest = Math.max(...(await ownProbabilities(network, testImages(network.graph))));
    process.stdout.write(`\n${name}: differs by ${largestDifference}, largest probability ${largest}\n`);
    assert.is(problem, null);
    assert.ok(largestDifference < 1e-5, `differs by ${largestDifference}`);
    assert.ok(largest > 1.5 / network.graph.classes, 'the outputs are all alike');
  });
}

test.run();
