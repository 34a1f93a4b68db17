import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tensors } from '../../../src/base/tensor.js';
import type { Batch } from '../../../src/engines/engine.js';
import { engine, gradientSettings, gradientsOf, show } from '../../support/networks/tensorflow.js';
import { graphOf } from '../../support/networks/yaml.js';
import { relativeDifference } from '../../support/values.js';

interface Encoded {
  readonly shape: readonly number[];
  /** Base64 of little-endian float32, or of bytes. */
  readonly data: string;
}

/** A small network in PyTorch, float64: scripts/fixtures/torch_nets.py. */
interface Fixture {
  readonly config: Record<string, unknown>;
  readonly batchSize: number;
  readonly count: number;
  readonly pixels: Encoded;
  readonly labels: readonly number[];
  readonly masks: Record<string, Encoded>;
  readonly weights: Record<string, Encoded>;
  readonly loss: number;
  readonly correct: number;
  readonly gradients: Record<string, Encoded>;
  readonly probabilities: Encoded;
  readonly losses: readonly number[];
}

const FOLDER = new URL('../../fixtures/torch/', import.meta.url);

const bytes = ({ data }: Encoded): Uint8Array => Uint8Array.from(Buffer.from(data, 'base64'));
const floats = (encoded: Encoded): Float32Array => new Float32Array(bytes(encoded).buffer);
const tensors = (encoded: Record<string, Encoded>): Tensors =>
  new Map(Object.entries(encoded).map(([name, one]) => [name, { shape: one.shape, data: floats(one) }]));

const batchOf = (fixture: Fixture): Batch => ({
  pixels: bytes(fixture.pixels),
  labels: Int32Array.from(fixture.labels),
  count: fixture.count,
  masks: new Map(Object.entries(fixture.masks).map(([name, mask]) => [name, bytes(mask)])),
});

for (const file of readdirSync(FOLDER).sort()) {
  const fixture = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture;
  const graph = graphOf(JSON.stringify(fixture.config));

  test(`${file}: loss and gradients are PyTorch's`, async () => {
    const settings = { batchSize: fixture.batchSize, optimizer: gradientSettings };
    const program = await engine.trainingProgram(graph, settings);
    await program.load({ weights: tensors(fixture.weights), slots: new Map(), step: 0 });
    const [result] = await program.train([batchOf(fixture)], [0]);
    const lossError = Math.abs(result!.loss / fixture.loss - 1);
    show(`${file} loss`, lossError);
    assert.ok(lossError < 1e-6, `loss ${result!.loss}, expected ${fixture.loss}`);
    assert.is(result!.correct, fixture.correct);
    const gradients = await gradientsOf(program, tensors(fixture.weights), batchOf(fixture));
    for (const [name, expected] of Object.entries(fixture.gradients)) {
      const error = relativeDifference(gradients.get(name)!.data, floats(expected));
      show(`${file} ${name}`, error);
      assert.ok(error < 1e-5, `gradient of ${name}: relative error ${error}`);
    }
    await program.dispose();
  });

  test(`${file}: probabilities and losses are PyTorch's`, async () => {
    const program = await engine.inferenceProgram(graph, { batchSize: fixture.batchSize });
    await program.load(tensors(fixture.weights));
    const { probabilities, losses } = await program.run(batchOf(fixture));
    const error = relativeDifference(probabilities, floats(fixture.probabilities));
    show(`${file} probabilities`, error);
    assert.ok(error < 1e-6, `probabilities: relative error ${error}`);
    assert.ok(relativeDifference(losses, fixture.losses) < 1e-6);
    await program.dispose();
  });
}

test.run();
