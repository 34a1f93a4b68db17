import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeModel, encodeModel } from '../../src/engines/onnx/write/proto.js';
import { openRun } from '../../src/runs/run-reader.js';
import { LOAD_TARGET, TARGETS, type TargetName } from '../../src/tasks/export/targets.js';
import { predictImages } from '../../src/tasks/predict/predict.js';
import { evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { openNetwork, openRunNetwork } from '../../src/training/evaluation/network.js';
import { hearFacts } from '../../src/weights/use-facts.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const PIXELS = 'mean 0.5 and std 0.25';
/** What the run trained with, under other pixels: its own are 0 to 1. */
const trained = TINY.replace('layers:', 'pixels: { mean: 0.5, std: 0.25 }\nlayers:').replace(
  'classes: 10\ndataset: digits',
  'classes: 2\ndataset: pets',
);
const files = {} as Record<TargetName, string>;
const [pets, picture] = [join(folder, 'pets'), join(folder, 'cat.png')];
/** The file of weights in the folder of an export. */
/** Forms that are files of weights: a page is none. */
const FILES = TARGETS.filter((name) => name !== 'web');
const IN_FOLDER: Partial<Record<(typeof TARGETS)[number], string>> = {
  tfjs: 'model.json',
  pytorch: 'weights.safetensors',
};
let run: string;
let model: string;

/** Light cats and dark dogs; where they are listed the other way round, only names tell which is which. */
async function writePets(root: string, names: Readonly<Record<string, number>>): Promise<void> {
  for (const part of ['train', 'test']) {
    for (const [name, light] of Object.entries(names)) {
      mkdirSync(join(root, part, name), { recursive: true });
      for (let i = 0; i < 20; i++) {
        const pixels = Uint8Array.from({ length: 784 }, (_, at) => light + ((at * 7 + i * 31) % 60));
        const raw = { width: 28, height: 28, channels: 1 } as const;
        await sharp(pixels, { raw })
          .png()
          .toFile(join(root, part, name, `${i}.png`));
      }
    }
  }
}

test.before(async () => {
  await writePets(pets, { cat: 190, dog: 10 });
  copyFileSync(join(pets, 'test/cat/0.png'), picture);
  const own = writeModel(folder, trained.replace('pets', pets), 'trained.yaml');
  run = (await trainHere({ model: own, epochs: 4, runDir: join(folder, 'run') })).dir;
  const network = await openRunNetwork(openRun(run));
  for (const target of FILES) {
    const out = join(folder, `pets-${target}`);
    await (await LOAD_TARGET[target]()).write(network, out);
    files[target] = join(out, IN_FOLDER[target] ?? '');
  }
  // The same architecture under a config that says nothing of pixels, and of other classes.
  model = writeModel(
    folder,
    TINY.replace('classes: 10\ndataset: digits', `classes: 2\ndataset: ${pets}`),
    'plain.yaml',
  );
});

async function predicted(argument: string, weights?: string) {
  const notices: string[] = [];
  const { images } = await predictImages({ run: argument, weights, images: [picture], ...CPU }, (notice) => {
    if (notice.kind !== 'progress') notices.push(notice.message);
  });
  return { guesses: images[0]!.predictions, notices };
}

for (const target of FILES) {
  test(`predict MODEL --weights of a ${target} export: its pixels and labels count, and that is said`, async () => {
    const own = await predicted(run);
    assert.is(own.guesses[0]!.label, 'cat');
    const { guesses, notices } = await predicted(model, files[target]);
    assert.equal(notices, [
      `${files[target]} was trained on (byte / 255 - mean) / std with ${PIXELS}, where ${model} has mean 0 and std 1: the file's count.`,
    ]);
    assert.equal(
      guesses.map(({ label }) => label),
      own.guesses.map(({ label }) => label),
    );
    for (const [i, { probability }] of guesses.entries())
      assert.ok(Math.abs(probability - own.guesses[i]!.probability) < 1e-6, `${probability}`);
    assert.equal((await predicted(join(folder, 'trained.yaml'), files[target])).notices, []);
  });
}

test('evaluate --weights: classes go by the names that the file has', async () => {
  // The other way round: light dogs and dark cats, so that every picture is taken for the other.
  const turned = join(folder, 'turned');
  await writePets(turned, { '0-dog': 10, '1-cat': 190 });
  const wish = { split: 'test', ...CPU } as const;
  const ofRun = await evaluateRun({ run, ...wish }, () => {});
  assert.is(ofRun.evaluation.accuracy, 1);
  const ofFile = await evaluateRun({ run: model, weights: files.onnx, ...wish }, () => {});
  assert.equal(ofFile.evaluation, ofRun.evaluation);
  const notices: string[] = [];
  const renamed = await evaluateRun(
    { run: model, weights: files.onnx, dataset: turned, ...wish },
    (notice) => {
      // The pictures are of one colour each, so that many are the same.
      if (notice.kind !== 'warning' || /are also among the training pictures/.test(notice.message)) return;
      notices.push(notice.message);
    },
  );
  assert.is(renamed.evaluation.accuracy, 0);
  assert.equal(notices, [
    `${files.onnx} has learned cat, dog, but turned has 0-dog, 1-cat: they are compared by number, the first with the first.`,
  ]);
});

test('labels that differ from those of the data set of a config are told of', async () => {
  const digits = writeModel(folder, TINY, 'digits.yaml');
  const network = await openNetwork(digits, undefined, () => {});
  const classes = network.classes.map((label) => `digit ${label}`);
  const out = join(folder, 'named.safetensors');
  await (await LOAD_TARGET.safetensors()).write({ ...network, classes }, out);
  const { guesses, notices } = await predicted(digits, out);
  assert.match(guesses[0]!.label, /^digit \d$/);
  assert.equal(notices, [
    `${out} calls its classes digit 0, digit 1, digit 2, digit 3 and 6 more, where ${digits} has 0, 1, 2, 3 and 6 more: the file's count.`,
  ]);
  const numbered = network.classes.map((_, i) => `class ${i}`);
  await (await LOAD_TARGET.safetensors()).write({ ...network, classes: numbered }, out);
  assert.equal((await predicted(digits, out)).notices, []);
});

test("train --weights: the config's pixels count, and that is said", async () => {
  const notices: string[] = [];
  const { readInitialWeights } = await import('../../src/training/initial-weights.js');
  const { graph, spec } = await openNetwork(model, undefined, () => {});
  notices.push(...(await readInitialWeights(files.safetensors, graph, spec, { newHead: false })).notes);
  assert.equal(notices, [
    `${files.safetensors} was trained on (byte / 255 - mean) / std with ${PIXELS}, where plain has mean 0 and std 1: those of plain count, and training makes the weights fit them.`,
  ]);
});

test('images of another size than those of the file: the network is built for its own', () => {
  const facts = { scaling: null, labels: null, size: [28, 28] } as const;
  const graph = { input: [32, 32, 1], pixels: { scale: [1 / 255], offset: [0] } } as const;
  assert.equal(hearFacts('a.onnx', facts, graph, 'net.yaml', ['a', 'b'], []), {
    pixels: graph.pixels,
    classes: ['a', 'b'],
    notes: ['a.onnx is for images of 28x28, where net.yaml takes 32x32: those of net.yaml count.'],
  });
});

test('metadata that is damaged is an error, that of other programs means nothing', async () => {
  const { graph, metadataProps } = decodeModel(readFileSync(files.onnx));
  const opsets = [{ domain: '', version: 17 }];
  const said = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  const path = join(folder, 'changed.onnx');
  const refusal = async (metadata: Record<string, string>, producerName = 'cnnzoo') => {
    writeFileSync(path, encodeModel({ graph: graph!, opsets, producerName, metadata }));
    return predicted(model, path).then(
      ({ notices }) => notices,
      (error: Error) => error.message,
    );
  };
  assert.is(
    await refusal({ ...said, mean: '[0.5, 0.5]' }),
    `${path} cannot be used: its metadata has "mean" as "[0.5, 0.5]", where a list of 1 numbers is wanted. Export it anew.`,
  );
  assert.is(
    await refusal({ ...said, std: '[0]' }),
    `${path} cannot be used: its metadata has "std" as "[0]", where a list of 1 numbers other than 0 is wanted. Export it anew.`,
  );
  assert.is(
    await refusal({ ...said, labels: '["cat"]' }),
    `${path} cannot be used: its metadata has "labels" as "[\\"cat\\"]", where a list of 2 texts is wanted. Export it anew.`,
  );
  assert.is(
    await refusal({ ...said, inputLayout: 'NHWC' }),
    `${path} cannot be used: its input is NHWC, where NCHW is wanted. Export it anew.`,
  );
  assert.equal(await refusal({}), []);
  assert.equal(await refusal({ mean: 'rubbish' }, 'another'), []);
});

test('TensorFlow.js: what is no model.json, or lacks a part, is said', async () => {
  const place = join(folder, 'web');
  mkdirSync(place);
  const path = join(place, 'model.json');
  const json = JSON.parse(readFileSync(files.tfjs, 'utf8'));
  const [shard] = json.weightsManifest[0].paths as [string];
  const refusal = (text: string): Promise<string> => {
    writeFileSync(path, text);
    return predicted(model, path).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  };
  assert.match(
    await refusal('{"a": 1}'),
    /is not the model\.json of TensorFlow\.js, or it is damaged: it has no/,
  );
  assert.match(
    await refusal(JSON.stringify(json)),
    /keeps weights in .*, which cannot be read: there is no such file\. Put that file beside it\.$/,
  );
  const bytes = readFileSync(join(files.tfjs, '..', shard));
  writeFileSync(join(place, shard), bytes.subarray(8));
  assert.match(await refusal(JSON.stringify(json)), /is damaged: its shards have \d+ bytes, too few for "/);
  json.weightsManifest[0].paths = ['../pets-tfjs/x.bin'];
  assert.match(await refusal(JSON.stringify(json)), /keeps weights outside its folder/);
});

test.run();
