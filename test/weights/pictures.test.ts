import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { imagenetLabels } from '../../src/data/class-labels.js';
import { type DataNotice, decodeImage } from '../../src/data/index.js';
import type { Resize } from '../../src/recipe/pixels.js';
import { LOAD_TARGET, TARGETS } from '../../src/tasks/export/targets.js';
import { predictImages } from '../../src/tasks/predict/predict.js';
import { evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { openNetwork } from '../../src/training/evaluation/network.js';
import { temporaryFolder } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

const test = suite('pictures as weights want them');

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(fixture(path), 'utf8'));
const PHOTOGRAPH = fixture('pictures/photograph.jpg');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Row extends Resize {
  readonly crop: number;
  readonly sha256: string;
  readonly first: readonly number[];
}

test('pictures are resized and cut to the very bytes of Pillow and torchvision', async () => {
  const { pixels, rows } = json('pictures/resized.json') as { pixels: string; rows: readonly Row[] };
  assert.is(
    sha256(await decodeImage(PHOTOGRAPH, [335, 500, 3])),
    pixels,
    'the JPEG file decodes to the same',
  );
  assert.is(rows.length, 12);
  for (const { sha256: wanted, first, ...resize } of rows) {
    const shape = [resize.crop, resize.crop, 3] as const;
    const bytes = await decodeImage(PHOTOGRAPH, shape, undefined, resize);
    assert.equal([...bytes.subarray(0, 12)], first, JSON.stringify(resize));
    assert.is(sha256(bytes), wanted, JSON.stringify(resize));
  }
});

/** A network of scripts/fixtures/torch_weights.py as a model's file, and the file of its weights. */
function twin(file: string, pixels = ''): { readonly model: string; readonly weights: string } {
  const [name] = file.split('.') as [string];
  const { config } = json(`weights/${name}.json`);
  // JSON is YAML.
  const text = JSON.stringify(config).replace('{', `{${pixels}`);
  return { model: writeModel(folder, text, `${name}.yaml`), weights: fixture(`weights/${file}`) };
}

interface Case {
  readonly file: string;
  readonly probabilities: string;
}

async function predicted(model: string, weights: string) {
  const notices: string[] = [];
  const request = { run: model, weights, images: [PHOTOGRAPH], top: 1000, ...CPU };
  const { images } = await predictImages(request, (notice) => {
    if (notice.kind !== 'progress') notices.push(notice.message);
  });
  const guesses = [...images[0]!.predictions].sort((a, b) => a.class - b.class);
  return { probabilities: guesses.map(({ probability }) => probability), guesses, notices };
}

function farthest(actual: readonly number[], base64: string): number {
  const wanted = new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
  assert.is(actual.length, wanted.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - wanted[i]!)));
}

test("a photograph gets PyTorch's probabilities to 1e-5, prepared as the family of the weights wants it", async () => {
  for (const { file, probabilities } of json('pictures/prepared.json').cases as readonly Case[]) {
    const { model, weights } = twin(file);
    const found = await predicted(model, weights);
    const far = farthest(found.probabilities, probabilities);
    assert.ok(far < 1e-5, `${file}: ${far}`);
    assert.is(found.notices.length, 1);
  }
});

test('apply and visualize prepare a photograph as predict does, and say so', async () => {
  const { applyLayers } = await import('../../src/tasks/apply/apply.js');
  const { featureMaps } = await import('../../src/tasks/visualize/activity/features.js');
  const { gradcam } = await import('../../src/tasks/visualize/evidence/gradcam.js');
  const { occlude } = await import('../../src/tasks/visualize/evidence/occlusion.js');
  const cases = json('pictures/prepared.json').cases as readonly Case[];
  // One of either order of colours.
  for (const { file, probabilities } of cases.filter(({ file }) => /^(resnet\.|keras-vgg\.)/.test(file))) {
    const { model, weights } = twin(file);
    const wanted = (await predicted(model, weights)).notices;
    const notices: string[] = [];
    const notify = (notice: DataNotice) => {
      if (notice.kind !== 'progress') notices.push(notice.message);
    };
    const isAsTold = (what: string, values: ArrayLike<number>, told = probabilities) => {
      const far = farthest(Array.from(values), told);
      assert.ok(far < 1e-5, `${what}, ${file}: ${far}`);
      assert.equal(notices.splice(0), wanted, `${what}, ${file}`);
    };
    const applied = await applyLayers({ layers: model, weights, data: [PHOTOGRAPH], ...CPU }, notify);
    isAsTold('apply', applied.layers.at(-1)!.output.data);
    const layer = (await openNetwork(model, undefined, () => {})).graph.nodes.at(-1)!.name;
    const { maps } = await featureMaps(model, PHOTOGRAPH, { layer, weights, ...CPU }, notify);
    isAsTold(
      'features',
      maps.map(({ max }) => max),
    );
    const bytes = new Uint8Array(Buffer.from(probabilities, 'base64'));
    const best = Buffer.from(Float32Array.of(Math.max(...new Float32Array(bytes.buffer))).buffer);
    const evidence = { weights, ...CPU };
    const { prediction } = await gradcam(model, PHOTOGRAPH, evidence, notify);
    isAsTold('gradcam', [prediction.probability], best.toString('base64'));
    const { probability } = await occlude(model, PHOTOGRAPH, evidence, notify);
    isAsTold('occlusion', [probability], best.toString('base64'));
  }
});

test('what is prepared how is said', async () => {
  const told = async (file: string) => {
    const { model, weights } = twin(file);
    return (await predicted(model, weights)).notices[0]!.replace(weights, 'FILE');
  };
  assert.is(
    await told('resnet.pt'),
    'FILE is ResNet as torchvision and timm name it, and so pictures come in the order RGB, its shorter side brought to 40 pixels (bilinear, antialiased), the middle 35x35 cut out; (byte / 255 - mean) / std with mean 0.485, 0.456, 0.406 and std 0.229, 0.224, 0.225.',
  );
  assert.match(
    await told('keras-vgg.h5'),
    /in the order BGR, .*; byte - mean with mean 103\.939, 116\.779, 123\.68\.$/,
  );
});

test('a config of the user overrules what comes with weights, setting by setting', async () => {
  const plain = twin('keras-vgg.h5');
  const wanted = (json('pictures/prepared.json').cases as readonly Case[]).find(
    ({ file }) => file === 'keras-vgg.h5',
  )!;
  const far = async (pixels: string) => {
    const { model, weights } = twin('keras-vgg.h5', `"pixels":${pixels},`);
    const { probabilities, notices } = await predicted(model, weights);
    return { far: farthest(probabilities, wanted.probabilities), notice: notices[0]! };
  };
  const same = await far('{"channelOrder":"bgr","scale":1,"mean":[103.939,116.779,123.68]}');
  assert.ok(same.far < 1e-5);
  assert.match(same.notice, /\. The config's own scale, mean and channelOrder count\.$/);
  assert.ok((await far('{"channelOrder":"rgb"}')).far > 1e-3, 'the order of the channels matters');
  assert.ok((await far('{"resize":{"shorter":24,"crop":12}}')).far > 1e-3, 'so does the size');
  assert.ok((await far('{"range":[0,1]}')).far > 1e-3, 'and the scale');
  const { graph } = await openNetwork(plain.model, undefined, () => {});
  assert.is(graph.pixels.channelOrder, undefined, 'without weights the config says nothing');
});

test('an export brings all of it along', async () => {
  const { model, weights } = twin('keras-vgg.h5');
  const network = await openNetwork(model, weights, () => {});
  const before = await predicted(model, weights);
  // A page is no file of weights.
  for (const target of TARGETS.filter((name) => name !== 'web')) {
    const out = join(folder, `exported-${target}`);
    await (await LOAD_TARGET[target]()).write(network, out);
    const inside = { tfjs: 'model.json', pytorch: 'weights.safetensors' } as Partial<
      Record<typeof target, string>
    >;
    const path = join(out, inside[target] ?? '');
    const { probabilities, notices } = await predicted(model, path);
    const far = Math.max(...probabilities.map((p, i) => Math.abs(p - before.probabilities[i]!)));
    assert.ok(far < 1e-6, `${target}: ${far}`);
    assert.match(
      notices.join('\n'),
      /takes pictures in the order BGR, its shorter side brought to 12 pixels/,
    );
  }
});

/** Pictures of two classes in ImageNet's folders. */
function imagenetFolder(name: string, part: string): string {
  const root = join(folder, name);
  for (const id of ['n01443537', 'n01440764']) {
    mkdirSync(join(root, part, id), { recursive: true });
    for (let i = 0; i < 3; i++) cpSync(PHOTOGRAPH, join(root, part, id, `${id}_${i}.JPEG`));
  }
  return root;
}

/** A network of 1,000 classes that takes everything for goldfish. */
async function ofThousand(): Promise<{ model: string; weights: string }> {
  const text = `input: [16, 16, 3]\nclasses: 1000\nlabels: imagenet\nlayers:\n  - flatten\n  - dense: { units: classes, activation: softmax }\n`;
  const model = writeModel(folder, text, 'thousand.yaml');
  const network = await openNetwork(model, undefined, () => {});
  const weights = new Map(network.weights);
  const bias = weights.get('dense_1/bias')!;
  weights.set('dense_1/bias', { ...bias, data: bias.data.map((_, i) => (i === 1 ? 100 : i === 0 ? 50 : 0)) });
  const path = join(folder, 'thousand.safetensors');
  await (await LOAD_TARGET.safetensors()).write({ ...network, weights }, path);
  return { model, weights: path };
}

test("ImageNet's names come in the order of their ids, each once", () => {
  const { names, ids } = imagenetLabels();
  assert.equal([names.length, new Set(names).size, new Set(ids).size], [1000, 1000, 1000]);
  assert.equal([...ids!].sort(), ids);
  const at = (index: number) => [ids![index], names[index]];
  // Places that are known from everywhere: Keras's imagenet_class_index.json has them so.
  assert.equal(at(0), ['n01440764', 'tench']);
  assert.equal(at(1), ['n01443537', 'goldfish']);
  assert.equal(at(281), ['n02123045', 'tabby']);
  assert.equal(at(285), ['n02124075', 'Egyptian cat']);
  assert.equal(at(517), ['n03126707', 'crane']);
  assert.equal(at(954), ['n07753592', 'banana']);
  assert.equal(at(999), ['n15075141', 'toilet tissue']);
});

test("folders of ImageNet's ids are classes by their names, and val alone is looked at", async () => {
  const { model, weights } = await ofThousand();
  const notices: string[] = [];
  const warnings: string[] = [];
  const root = imagenetFolder('imagenet', 'val');
  writeFileSync(join(root, 'val/n01440764/damaged.JPEG'), 'no picture');
  const { evaluation, classes, split } = await evaluateRun(
    { run: model, weights, dataset: root, split: 'test', ...CPU },
    (notice) => {
      if (notice.kind === 'notice') notices.push(notice.message);
      if (notice.kind === 'warning') warnings.push(notice.message);
    },
  );
  const damaged = warnings.filter((message) => message.includes('damaged.JPEG'));
  assert.is(damaged.length, 1, `the folder is gone through once: ${damaged.join('\n')}`);
  assert.is(split, 'validation');
  assert.ok(
    warnings.includes('imagenet has no test part: its validation part is looked at.'),
    warnings.join('\n'),
  );
  assert.equal([evaluation.images, evaluation.accuracy, evaluation.top5Accuracy], [6, 0.5, 1]);
  assert.equal([classes.length, classes[0], classes[1]], [1000, 'tench', 'goldfish']);
  assert.equal([evaluation.confusion[0]![1], evaluation.confusion[1]![1]], [3, 3]);
});

test('labels of a config: a list, a file beside it, and what is wrong with them', async () => {
  const base =
    'input: [4, 4, 3]\nclasses: 2\nlayers:\n  - flatten\n  - dense: { units: classes, activation: softmax }\n';
  const classesOf = async (labels: string) => {
    const model = writeModel(folder, `labels: ${labels}\n${base}`, 'labelled.yaml');
    return (await openNetwork(model, undefined, () => {})).classes;
  };
  const refusal = (labels: string) =>
    classesOf(labels).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  assert.equal(await classesOf('[cat, dog]'), ['cat', 'dog']);
  writeFileSync(join(folder, 'names.txt'), '# of pets\nn02123045 tabby cat\nn02085620 Chihuahua\n');
  assert.equal(await classesOf('names.txt'), ['tabby cat', 'Chihuahua']);
  assert.match(
    await refusal('[a, b, c]'),
    /labelled\.yaml:1:9 labels names 3 classes, but the network has 2\.$/,
  );
  assert.match(await refusal('none.txt'), /^labels: .*none\.txt cannot be read: there is no such file\.$/);
  assert.equal(await classesOf('imagenet'), ['class 0', 'class 1']);
});

test('fine-tuning takes the pictures over, and the run keeps them', async () => {
  const { config } = json('weights/resnet.json');
  const names = ['a', 'b', 'c', 'd', 'e'];
  const data = join(folder, 'letters');
  for (const part of ['train', 'test'])
    for (const name of names) {
      mkdirSync(join(data, part, name), { recursive: true });
      for (let i = 0; i < 4; i++) cpSync(PHOTOGRAPH, join(data, part, name, `${i}.jpg`));
    }
  const model = writeModel(folder, JSON.stringify({ ...config, dataset: data }), 'tuned.yaml');
  const runDir = join(folder, 'tuned');
  const { error } = await trainHere({
    model,
    weights: fixture('weights/resnet.pt'),
    epochs: 1,
    batchSize: 5,
    runDir,
  });
  assert.is(error, undefined);
  const text = readFileSync(join(runDir, 'config.yaml'), 'utf8');
  assert.match(text, /resize: \{ shorter: 256, crop: 224, interpolation: bilinear \}/);
  const { graph } = await openNetwork(runDir, undefined, () => {});
  assert.equal(graph.pixels.resize, { shorter: 256, crop: 224, interpolation: 'bilinear' });
  const { evaluation } = await evaluateRun({ run: runDir, split: 'test', ...CPU }, () => {});
  const tested = JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8')).test;
  assert.equal([evaluation.loss, evaluation.accuracy], [tested.loss, tested.accuracy]);
});

test.run();
