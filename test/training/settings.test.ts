import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../src/base/errors.js';
import { either } from '../../src/base/text/words.js';
import { buildGraph } from '../../src/models/build.js';
import type { TrainingConfig } from '../../src/models/config/schema.js';
import { trainable } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { OPTIMIZERS } from '../../src/recipe/optimizers/index.js';
import { openRun } from '../../src/runs/run-reader.js';
import { planTraining } from '../../src/training/plan.js';
import { type SettingFlags, specWithSettings } from '../../src/training/settings/settings.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);

function training(flags: SettingFlags, name = model): TrainingConfig {
  const spec = specWithSettings((overrides) => loadModel(name, overrides), flags);
  return trainable(spec, { classes: 10 }).config.training;
}

function refusal(flags: SettingFlags, name = model): string {
  try {
    training(flags, name);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('a flag wins over --set, that over the file', () => {
  assert.is(training({}).epochs, 2);
  assert.is(training({ set: ['training.epochs=7'] }).epochs, 7);
  assert.is(training({ set: ['training.epochs=7', 'training.epochs=8'] }).epochs, 8);
  assert.is(training({ set: ['training.epochs=7'], epochs: 9 }).epochs, 9);
  const all = training({ epochs: 3, batchSize: 5, seed: 11, validationSplit: 0.25 });
  assert.equal([all.epochs, all.batchSize, all.seed, all.validationSplit], [3, 5, 11, 0.25]);
});

test('--set reaches any place, lists too, with values in YAML', () => {
  const spec = specWithSettings((overrides) => loadModel(model, overrides), {
    set: ['layers.1.conv2d.filters=6', 'pixels={ range: [-1, 1] }', 'title=Other'],
  });
  assert.is(spec.layers[1]!.params.filters, 6);
  assert.equal(spec.config.pixels, { range: [-1, 1] });
  assert.is(spec.config.title, 'Other');
});

test('--set reaches into what is written short, or left out', () => {
  const cosine = writeModel(folder, `${TINY}  schedule: cosine\n`, 'cosine.yaml');
  const warmup = ['training.schedule.warmup=1'];
  assert.equal(training({ set: warmup }, cosine).schedule, { name: 'cosine', warmup: 1 });
  assert.equal(training({ set: warmup }).schedule, { name: 'constant', warmup: 1 });
  assert.equal(training({ set: ['training.schedule=cosine', ...warmup] }).schedule, {
    name: 'cosine',
    warmup: 1,
  });
  const step = ['training.schedule.name=step', 'training.schedule.every=3'];
  assert.equal(training({ set: step }, cosine).schedule, { name: 'step', every: 3, factor: 0.1, warmup: 0 });
  const loss = `${TINY}  loss: maximumAPosteriori\n  earlyStopping: null\n  validationSplit: 0.1\n`;
  const set = ['training.loss.j=2', 'training.earlyStopping.patience=4'];
  const changed = training({ set }, writeModel(folder, loss, 'loss.yaml'));
  assert.equal(changed.loss, { name: 'maximumAPosteriori', j: 2 });
  assert.equal(changed.earlyStopping, { patience: 4 });
});

test("--set reaches into layers' short forms", () => {
  const pools = writeModel(
    folder,
    TINY.replace('- maxPool2d: 4', '- maxPool2d: [4, 4]\n  - avgPool2d'),
    'pools.yaml',
  );
  const { layers } = specWithSettings((overrides) => loadModel(pools, overrides), {
    set: [
      'layers.0.maxPool2d.strides=3',
      'layers.1.avgPool2d.poolSize=1',
      'layers.4.dropout.name=d',
      'layers.3.flatten.name=f',
    ],
  });
  assert.equal(layers[0]!.params, { poolSize: [4, 4], strides: 3, padding: 'valid', rounding: 'floor' });
  assert.is(layers[1]!.params.poolSize, 1);
  assert.equal(
    layers.slice(3, 5).map(({ name }) => name),
    ['f', 'd'],
  );
});

test('--input and --classes rebuild the model', () => {
  const flags = { input: [64, 48, 3], classes: 7 } as const;
  const { config } = specWithSettings((overrides) => loadModel('mnist-basic', overrides), flags);
  assert.equal(config.input, [64, 48, 3]);
  assert.is(config.classes, 7);
  assert.is(refusal({ classes: 1 }), '--classes 1: classes must be a whole number of at least 2, got 1.');
});

test('another optimizer begins with its own defaults', () => {
  assert.equal(training({ optimizer: 'adam' }).optimizer, {
    name: 'adam',
    learningRate: 0.001,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    weightDecay: 0,
  });
  assert.is(training({ optimizer: 'adam', learningRate: 0.02 }).optimizer.learningRate, 0.02);
});

test("the optimizer's own settings stay where only one of them changes", () => {
  const file = { name: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: false, weightDecay: 0 };
  assert.equal(training({ optimizer: 'sgd' }).optimizer, file);
  assert.equal(training({ learningRate: 0.1 }).optimizer, { ...file, learningRate: 0.1 });
  assert.equal(training({ set: ['training.optimizer.nesterov=true'] }).optimizer, {
    ...file,
    nesterov: true,
  });
});

test('settings of an optimizer go with the one that is asked for', () => {
  const set = ['training.optimizer.rho=0.8', 'training.optimizer.learningRate=0.3'];
  const { optimizer } = training({ optimizer: 'rmsprop', set, learningRate: 0.4 });
  assert.equal(optimizer, { name: 'rmsprop', learningRate: 0.4, rho: 0.8, epsilon: 1e-7, weightDecay: 0 });
  assert.is(training({ set: ['training.optimizer=adam'] }).optimizer.name, 'adam');
  assert.is(training({ set: ['training.optimizer={ name: adam, beta1: 0.5 }'] }).optimizer.name, 'adam');
  assert.is(training({ set: ['training.optimizer.name=rmsprop'] }).optimizer.name, 'rmsprop');
});

test('an optimizer written short or left out in the file can be changed too', () => {
  const short = writeModel(folder, TINY.replace(/optimizer: .*/, 'optimizer: sgd'), 'short.yaml');
  assert.is(training({ learningRate: 0.3 }, short).optimizer.learningRate, 0.3);
  const without = writeModel(folder, TINY.replace(/ {2}optimizer: .*\n/, ''), 'without.yaml');
  assert.is(training({ optimizer: 'adam' }, without).optimizer.name, 'adam');
  assert.match(
    refusal({}, without),
    /without\.yaml:\d+:\d+ training needs an optimizer: add "training: \{ optimizer: adam \}", or give --optimizer adam\.$/,
  );
});

test('early stopping comes with a patience, its own or the usual', () => {
  const validationSplit = 0.1;
  assert.equal(training({ earlyStopping: true, validationSplit }).earlyStopping, { patience: 3 });
  assert.equal(training({ earlyStopping: 5, validationSplit }).earlyStopping, { patience: 5 });
  const patient = writeModel(folder, `${TINY}  earlyStopping: { patience: 9 }\n`, 'patient.yaml');
  assert.equal(training({ earlyStopping: true, validationSplit }, patient).earlyStopping, { patience: 9 });
});

test('a wrong setting is named as it was typed', () => {
  const names = Object.keys(OPTIMIZERS).map((name) => `"${name}"`);
  const cases: [SettingFlags, string][] = [
    [{ epochs: 0 }, '--epochs 0: training.epochs must be a whole number of at least 1, got 0.'],
    [{ epochs: 1.5 }, '--epochs 1.5: training.epochs must be a whole number of at least 1, got 1.5.'],
    [{ batchSize: 0 }, '--batch-size 0: training.batchSize must be a whole number of at least 1, got 0.'],
    [
      { validationSplit: 1.5 },
      '--validation-split 1.5: training.validationSplit must be a number of at least 0 and less than 1, got 1.5.',
    ],
    [
      { seed: -1 },
      '--seed -1: training.seed must be a whole number of at least 0 and at most 4294967295, got -1.',
    ],
    [
      { learningRate: 0 },
      '--learning-rate 0: training.optimizer.learningRate must be a number of more than 0, got 0.',
    ],
    [
      { earlyStopping: 0 },
      '--early-stopping 0: training.earlyStopping.patience must be a whole number of at least 1, got 0.',
    ],
    [
      { optimizer: 'addam' },
      `--optimizer addam: training.optimizer.name must be ${either(names)}, got "addam". Did you mean "adam"?`,
    ],
    [
      { optimizer: 'adam', set: ['training.optimizer.momentum=0.9'] },
      '--set training.optimizer.momentum=0.9 --optimizer adam: there is no setting "momentum". There are name, learningRate, beta1, beta2, epsilon, weightDecay.',
    ],
    [
      { set: ['training.epoch=3'] },
      '--set training.epoch=3: there is no setting "epoch". Did you mean "epochs"?',
    ],
    [
      { set: ['training.epochs'] },
      '--set training.epochs: a setting and its value were expected, such as training.epochs=3.',
    ],
    [
      { set: ['classes=[1'] },
      '--set classes=[1: the value is not well-formed YAML: Flow sequence must end with a ].',
    ],
    [
      { set: ['layers.1.conv2d.filterz=3'] },
      '--set layers.1.conv2d.filterz=3: conv2d: there is no setting "filterz". Did you mean "filters"?',
    ],
    [{ set: ['title.x=3'] }, '--set title.x=3: there is no such place in the config.'],
  ];
  for (const [flags, message] of cases) assert.is(refusal(flags), message);
});

/** What is wrong with the network as it is after these settings. */
function misfit(...set: string[]): string {
  try {
    buildGraph(specWithSettings((overrides) => loadModel(model, overrides), { set }));
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('an error that --set made names it, and the place in the file where there is one', () => {
  const cosine = writeModel(folder, `${TINY}  schedule: cosine\n`, 'cosine.yaml');
  const step = writeModel(folder, `${TINY}  schedule: { name: step, every: 2 }\n`, 'step.yaml');
  const cases: [string, string][] = [
    [refusal({ set: ['training=3'] }), '--set training=3: training must be a mapping, got 3.'],
    [
      refusal({ set: ['training=3'], epochs: 1 }),
      '--set training=3: 3 has no place for --epochs 1: give a mapping or a list, or leave out one of them.',
    ],
    [
      refusal({ set: ['training={ optimizer: sgd }', 'training.optimizer.name.x=1'] }),
      '--set training.optimizer.name.x=1: there is no such place in the config.',
    ],
    [
      refusal({ set: ['training.epochs=3', 'training.epochs=0'] }),
      '--set training.epochs=0: training.epochs must be a whole number of at least 1, got 0.',
    ],
    [
      refusal({ set: ['training.schedule.name=step'] }, cosine),
      '--set training.schedule.name=step: training.schedule.every is missing: it must be a whole number of at least 1.',
    ],
    [
      refusal({ set: ['training.schedule.name=cosine'] }, step),
      `--set training.schedule.name=cosine: ${step}:15:27 there is no setting "every". There are name, warmup.`,
    ],
    [
      refusal({ set: ['layers.99.dense=4'] }),
      '--set layers.99.dense=4: layers has no entry 99: there are 0 to 4.',
    ],
    [
      refusal({ set: ['layers.last.dense=4'] }),
      '--set layers.last.dense=4: layers has no entry last: there are 0 to 4.',
    ],
    [
      refusal({ set: ['layers.5.dense.activation=relu'] }),
      '--set layers.5.dense.activation=relu: dense: units is missing: it must be a whole number of at least 1 or "classes".',
    ],
    [
      refusal({ set: ['layers[1].conv2d.kernelSize[0]=8'] }),
      '--set layers[1].conv2d.kernelSize[0]=8: a place in a list is written with a dot: did you mean layers.1.conv2d.kernelSize.0?',
    ],
    [
      refusal({ set: ['pixels.range.0=-1'] }),
      '--set pixels.range.0=-1: pixels.range must be a list of 2 numbers, got [-1].',
    ],
    [
      refusal({ set: ['__proto__.x=1'] }).replace(/ There are .*/, ''),
      '--set __proto__.x=1: there is no setting "__proto__".',
    ],
    [
      refusal({ set: ['training.optimizer.__proto__=1'] }).replace(/ There are .*/, ''),
      '--set training.optimizer.__proto__=1: there is no setting "__proto__".',
    ],
    [
      misfit('layers.4.dense.units=5'),
      `--set layers.4.dense.units=5: ${model}:10:5 dense_1: the last layer must give 10 values, one a class, but gives 5.`,
    ],
    [
      misfit('layers.4.dense.activation=relu'),
      `--set layers.4.dense.activation=relu: ${model}:10:5 dense_1: the last layer must end in softmax, or in softmin where its values are distances, so that they become class probabilities.`,
    ],
  ];
  for (const [message, expected] of cases) assert.is(message, expected);
});

test("an error that the file made is not named after --set's other changes", () => {
  const without = writeModel(folder, TINY.replace(/ {2}optimizer: .*\n/, ''), 'without.yaml');
  assert.match(
    refusal({ set: ['training.epochs=3'] }, without),
    /^[^ ]*without\.yaml:12:3 training needs an optimizer: /,
  );
});

test('a colon without a space in a value is told from a key', () => {
  const joined = ['{name:step,every:1}', '{ name: step, every:1 }', '[{ every:1 }]'];
  const way = (text: string) =>
    `YAML wants a space after a colon: write ${text.replace(':', ': ')} instead of ${text}.`;
  joined.forEach((value, i) => {
    const set = `training.schedule=${value}`;
    assert.is(refusal({ set: [set] }), `--set ${set}: ${way(i === 0 ? 'name:step' : 'every:1')}`);
  });
  const { schedule } = training({ set: ['training.schedule={"name":step, every: 1}'] });
  assert.is(schedule.name, 'step');
});

async function refused(request: Parameters<typeof trainHere>[0]): Promise<[string, number]> {
  try {
    await trainHere({ model, runDir: join(folder, 'never'), ...request });
  } catch (error) {
    assert.ok(error instanceof WorkError, String(error));
    return [error.message, error.exitCode];
  }
  return ['no error', 0];
}

test('what does not go together with the images is refused, with both numbers and the way out', async () => {
  assert.equal(await refused({ batchSize: 70000 }), [
    'The batch size 70000 is larger than the data: there are 60000 training images. Take --batch-size 60000 or less.',
    2,
  ]);
  assert.equal(await refused({ limit: 8 }), [
    'The batch size 10 is larger than the data: there are 8 training images (--limit 8). Take --batch-size 8 or less.',
    2,
  ]);
  assert.equal(await refused({ limit: 1 }), [
    'The batch size 10 is larger than the data: there is 1 training image (--limit 1). Take --batch-size 1 or less.',
    2,
  ]);
  assert.equal(await refused({ limit: 12, validationSplit: 0.5 }), [
    'The batch size 10 is larger than the data: there are 12 training images (--limit 12), 6 of them kept aside for validation. Take --batch-size 6 or less.',
    2,
  ]);
  assert.equal(await refused({ limit: 100, validationSplit: 0.001 }), [
    'A validation split of 0.001 leaves none of the 100 training images (--limit 100) for validation: change it by --validation-split, or take more images.',
    2,
  ]);
  assert.equal(await refused({ limit: 100, validationSplit: 0.999 }), [
    'A validation split of 0.999 leaves none of the 100 training images (--limit 100) for training: change it by --validation-split, or take more images.',
    2,
  ]);
  assert.equal(await refused({ earlyStopping: true }), [
    '--early-stopping: early stopping looks at validation images, but none are kept aside: add --validation-split 0.1.',
    2,
  ]);
  assert.equal(await refused({ model: undefined }), [
    'train needs a model, for example "cnnzoo train mnist-basic", or a run to go on with: --resume RUN.',
    2,
  ]);
});

test('a run goes on with the model and the flags that it was begun with, or none: a default is no wish', async () => {
  const dir = join(folder, 'flags');
  const begun = {
    ...{
      model: writeModel(folder, TINY, 'flags.yaml'),
      limit: 100,
      epochs: 1,
      batchSize: 20,
      seed: 3,
    },
    ...{
      optimizer: 'adam',
      learningRate: 0.002,
      validationSplit: 0.2,
      earlyStopping: 4,
      classes: 10,
    },
    set: ['layers.1.conv2d.filters=6', 'training.schedule=cosine'],
  };
  // Stopped where there is work left: at once.
  await trainHere({ ...begun, runDir: dir }, () => 'now');
  const accepted = async (request: object) => {
    const plan = await planTraining({ ...request, resume: dir });
    await plan.lock!.release();
    assert.equal(plan.spec.config, openRun(dir).spec.config);
    return plan.resumePoint!.notes;
  };
  for (const request of [
    {},
    { model: begun.model },
    begun,
    { ...begun, runDir: dir },
    { model: begun.model, seed: 3 },
  ])
    assert.equal(await accepted(request), []);
  // The recipe of the file has changed since.
  writeModel(
    folder,
    TINY.replace('batchSize: 10', 'batchSize: 50').replace('epochs: 2', 'epochs: 9'),
    'flags.yaml',
  );
  assert.equal(await accepted({ model: begun.model }), []);
  // So has its network: another one than the run's is not gone on with in silence.
  writeModel(folder, TINY.replace('kernelSize: 3', 'kernelSize: 5'), 'flags.yaml');
  assert.match(
    (await refused({ model: begun.model, runDir: undefined, resume: dir }))[0]!,
    /that is a run of another network than .*flags\.yaml \(its model is flags\)\. Go on with it by: /,
  );
});

test('a model of the zoo that has changed since is said, and the run goes on with its own', async () => {
  const dir = join(folder, 'zoo');
  const config = TINY.replace('title: Tiny', 'title: Lenet of before');
  await trainHere({ model: writeModel(folder, config, 'lenet5.yaml'), limit: 100, runDir: dir }, () => 'now');
  const { resumePoint, lock } = await planTraining({ model: 'lenet5', resume: dir });
  await lock!.release();
  assert.equal(resumePoint!.notes, [
    `lenet5 is another network in this version of cnnzoo than when the run was begun, which goes on with its own: ${dir}/config.yaml.`,
  ]);
});

test('a run goes on as it was begun, or not at all', async () => {
  const dir = join(folder, 'begun');
  await trainHere({ model, limit: 100, runDir: dir }, () => 'after-epoch');
  const other = writeModel(folder, TINY.replace('filters: 4', 'filters: 5'), 'other.yaml');
  const only =
    'A run goes on as it was begun: only --epochs, --engine, --device, --threads and where the data lies may differ.';
  const cases: [Parameters<typeof trainHere>[0], string][] = [
    [{ model: undefined, batchSize: 20 }, `the run was begun with batchSize 10, not 20. ${only}`],
    [{ model: undefined, optimizer: 'adam' }, `the run was begun with optimizer.name sgd, not adam. ${only}`],
    [
      { model: undefined, learningRate: 1 },
      `the run was begun with optimizer.learningRate 0.05, not 1. ${only}`,
    ],
    [{ model: undefined, seed: 2 }, `the run was begun with seed 1, not 2. ${only}`],
    [{ model: undefined, limit: 200 }, `the run was begun with limit 100, not 200. ${only}`],
    [
      { model: undefined, earlyStopping: 2 },
      `the run was begun with earlyStopping.patience none, not 2. ${only}`,
    ],
    [
      { model: undefined, set: ['layers.1.conv2d.filters=5'] },
      'a run goes on with the network that it was begun with, so its layers cannot be changed by --set.',
    ],
    [
      { model: other },
      `that is a run of another network than ${other} (its model is tiny). Go on with it by: cnnzoo train --resume ${dir}`,
    ],
    [{ model, batchSize: 20 }, `the run was begun with batchSize 10, not 20. ${only}`],
  ];
  for (const [request, message] of cases) {
    assert.equal(await refused({ runDir: undefined, resume: dir, ...request }), [
      `--resume ${dir}: ${message}`,
      2,
    ]);
  }
  assert.equal(await refused({ model: undefined, resume: dir }), [
    '--run-dir and --resume do not go together: a run goes on in its own folder. Leave one of them out.',
    2,
  ]);
  const same = { model, batchSize: 10, limit: 100, epochs: 2, runDir: undefined, resume: dir };
  assert.equal(await refused(same), ['no error', 0]);
  assert.equal(await refused({ model: undefined, runDir: undefined, resume: dir }), [
    `--resume ${dir}: the run is complete, all 2 epochs are done. To train it further, say how many there shall be in all: cnnzoo train --resume ${dir} --epochs 4`,
    2,
  ]);
  assert.equal(await refused({ model: undefined, runDir: undefined, resume: dir, epochs: 1 }), [
    `--resume ${dir}: 2 epochs are done already, so there cannot be 1 in all.`,
    2,
  ]);
});

test.run();
