import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.js';
import { buildGraph } from '../../src/models/build.js';
import { loadModel } from '../../src/models/zoo.js';
import { readWeights } from '../../src/runs/checkpoint.js';
import { openRun } from '../../src/runs/run-reader.js';
import { planTraining, type TrainRequest } from '../../src/training/plan.js';
import { rerun } from '../../src/training/rerun.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const test = suite('fine-tuning');

const folder = temporaryFolder();
const first = join(folder, 'first');
const model = writeModel(folder);
const pictures = join(folder, 'pictures');
const CLASSES = ['bars', 'dots', 'noise', 'rings'];

/** Grey pictures of 28x28 in a folder a class: noise of a brightness that is the class's own. */
async function writePictures(): Promise<void> {
  for (const [label, name] of CLASSES.entries()) {
    for (const [part, count] of [
      ['train', 12],
      ['test', 3],
    ] as const) {
      const dir = join(pictures, part, name);
      mkdirSync(dir, { recursive: true });
      for (let i = 0; i < count; i++) {
        const random = randomStream(label, part, String(i));
        const bytes = Buffer.from(Array.from({ length: 784 }, () => random.below(64) + 48 * label));
        await sharp(bytes, { raw: { width: 28, height: 28, channels: 1 } })
          .png()
          .toFile(join(dir, `${i}.png`));
      }
    }
  }
}

const taught: TrainRequest = {
  model,
  weights: first,
  dataset: pictures,
  classes: CLASSES.length,
  newHead: true,
  freeze: ['all-but-head'],
  seed: 3,
};
const weightsIn = async (dir: string) => (await readWeights(join(dir, 'weights.safetensors'))).weights;

test.before(async () => {
  await writePictures();
  await trainHere({ model, limit: 200, runDir: first });
});

test('a new head is drawn, the rest is taken, and what is frozen keeps its bits', async () => {
  const { error, events } = await trainHere({ ...taught, runDir: join(folder, 'taught') });
  assert.is(error, undefined);
  const [before, after] = [await weightsIn(first), await weightsIn(join(folder, 'taught'))];
  for (const name of ['conv2d_1/kernel', 'conv2d_1/bias']) assert.equal(after.get(name), before.get(name));
  assert.equal(after.get('dense_1/kernel')!.shape, [before.get('dense_1/kernel')!.shape[0], 4]);
  const { info, spec } = openRun(join(folder, 'taught'));
  assert.is(info.initialWeights?.newHead, true);
  assert.equal(spec.config.training.freeze, ['all-but-head']);
  const losses = events.flatMap((event) => (event.event === 'epoch' ? [event.loss] : []));
  assert.ok(losses.at(-1)! < losses[0]!, losses.join());
});

test('without a new head the sentence says how to get one', async () => {
  const message = await trainHere({ ...taught, newHead: false, runDir: join(folder, 'none') }).catch(
    ({ message }: Error) => message,
  );
  assert.match(String(message), /"dense_1\/kernel" is \[100, 10\], where \[100, 4\] is wanted/);
  assert.match(String(message), /--new-head draws this layer anew\.$/);
  const alone = await trainHere({ model, newHead: true }).catch(({ message: text }: Error) => text);
  assert.match(String(alone), /^--new-head goes with --weights FILE/);
});

test('a run that was stopped goes on to the same bits, and can be met again', async () => {
  const whole = join(folder, 'taught');
  const cut = join(folder, 'cut');
  let steps = 0;
  await trainHere({ ...taught, runDir: cut }, () => (++steps > 3 ? 'now' : undefined));
  assert.is(openRun(cut).info.status, 'interrupted');
  await trainHere({ resume: cut });
  assert.equal(await weightsIn(cut), await weightsIn(whole));
  const { result } = {
    result: await rerun(
      { run: whole },
      {
        notify: () => {},
        handle: () => {},
        stopRequest: () => undefined,
        signal: new AbortController().signal,
      },
    ),
  };
  assert.is(result!.identical, true);
});

test('what a run says of pictures goes with its weights, unless a config says it itself', async () => {
  const prepared = TINY.replace(
    'layers:',
    'pixels: { mean: 0.3, std: 0.2, resize: { shorter: 30, crop: 28 } }\nlayers:',
  );
  const stage = join(folder, 'stage');
  await trainHere({ model: writeModel(folder, prepared, 'prepared.yaml'), limit: 40, runDir: stage });
  const next = { ...taught, weights: stage };
  await trainHere({ ...next, runDir: join(folder, 'stage-2') });
  const { mean, std, resize } = openRun(join(folder, 'stage-2')).spec.config.pixels;
  for (const [found, wanted] of [
    [mean, 0.3],
    [std, 0.2],
  ] as const)
    assert.ok(Math.abs((found as number[])[0]! - wanted) < 1e-9, `${found}`);
  assert.equal(resize, { shorter: 30, crop: 28, interpolation: 'bilinear' });
  const own = writeModel(folder, TINY.replace('layers:', 'pixels: { range: [-1, 1] }\nlayers:'), 'own.yaml');
  const notices: string[] = [];
  const { readInitialWeights } = await import('../../src/training/initial-weights.js');
  const spec = loadModel(own);
  const options = { newHead: false, said: { pixels: spec.config.pixels } };
  const initial = await readInitialWeights(stage, buildGraph(spec), spec, options);
  notices.push(...initial.notes);
  assert.match(
    notices.join('\n'),
    /was trained on .* with mean 0\.3 and std 0\.2, where own has mean 0\.5 and std 0\.5: those of own count/,
  );
  assert.equal(initial.prepared?.config.range, [-1, 1]);
});

test('a layer that is frozen and that nobody gave weights is named', async () => {
  const { events } = await trainHere({ ...taught, freeze: ['dense_1'], runDir: join(folder, 'head') });
  assert.ok(events.length > 0);
  const plan = await planTraining({ ...taught, freeze: ['dense_1'], runDir: join(folder, 'head-2') });
  assert.equal([...plan.initial!.drawn], ['dense_1']);
});

test('fine-tuned layers move less with a share of the learning rate', async () => {
  const moved = async (share: number) => {
    const dir = join(folder, `share-${share}`);
    await trainHere({
      ...taught,
      freeze: undefined,
      set: [`training.layerLearningRates={conv2d_1: ${share}}`],
      runDir: dir,
    });
    const [before, after] = [await weightsIn(first), await weightsIn(dir)];
    const kernel = before.get('conv2d_1/kernel')!.data;
    return Math.hypot(...after.get('conv2d_1/kernel')!.data.map((value, i) => value - kernel[i]!));
  };
  const [little, much] = [await moved(0.01), await moved(1)];
  assert.ok(little > 0 && little < 0.1 * much, `${little} ${much}`);
});

test.run();
