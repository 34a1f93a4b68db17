import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readLines } from '../../../src/runs/metrics.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { crc32c, recordOf } from '../../../src/training/tensorboard/records.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { TINY, trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();

test('CRC-32C has the values of RFC 3720', () => {
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.is(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.is(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('a record as TensorBoard writes it', () => {
  const event = '0900000000000000001a0d627261696e2e4576656e743a32';
  // What tensorboard 2.21's own RecordWriter makes of it.
  const record = `1800000000000000a37f4b22${event}eedf28a3`;
  assert.is(Buffer.from(recordOf(Buffer.from(event, 'hex'))).toString('hex'), record);
});

/** Fields of a protobuf message by their numbers, read from the wire format and not from our definitions. */
function fieldsOf(bytes: Buffer): Map<number, (number | Buffer)[]> {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (count: number): Buffer => {
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const [number, type] = [key >>> 3, key & 7];
    let value: number | Buffer;
    if (type === 0) value = varint();
    else if (type === 1) value = take(8).readDoubleLE();
    else if (type === 5) value = take(4).readFloatLE();
    else value = take(varint());
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

interface SeenEvent {
  readonly step: number;
  readonly version: string | undefined;
  readonly session: number | undefined;
  readonly scalars: Readonly<Record<string, number>>;
  readonly images: readonly { tag: string; width: number; height: number; png: Buffer }[];
}

function readEvents(path: string): SeenEvent[] {
  const bytes = readFileSync(path);
  const events: SeenEvent[] = [];
  const mask = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    assert.is(bytes.readUInt32LE(at + 8), mask(crc32c(bytes.subarray(at, at + 8))));
    const data = bytes.subarray(at + 12, at + 12 + length);
    assert.is(bytes.readUInt32LE(at + 12 + length), mask(crc32c(data)));
    at += 16 + length;
    events.push(seen(fieldsOf(data)));
  }
  return events;
}

/** Numbers of fields: tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto. */
function seen(event: Map<number, (number | Buffer)[]>): SeenEvent {
  const message = (value: number | Buffer) => fieldsOf(value as Buffer);
  const values = (event.get(5) ?? []).flatMap((summary) => (message(summary).get(1) ?? []).map(message));
  const tagOf = (value: Map<number, (number | Buffer)[]>) => String(value.get(1)![0]);
  assert.ok(Math.abs((event.get(1)![0] as number) - Date.now() / 1000) < 600, 'the time');
  return {
    step: (event.get(2)?.[0] as number) ?? 0,
    version: event.get(3)?.[0]?.toString(),
    session: event.has(7) ? (message(event.get(7)![0]!).get(1)![0] as number) : undefined,
    scalars: Object.fromEntries(
      values.filter((v) => v.has(2)).map((v) => [tagOf(v), v.get(2)![0] as number]),
    ),
    images: values
      .filter((v) => v.has(4))
      .map((v) => {
        const image = message(v.get(4)![0]!);
        const [height, width] = [image.get(1)![0] as number, image.get(2)![0] as number];
        return { tag: tagOf(v), width, height, png: image.get(4)![0] as Buffer };
      }),
  };
}

const eventFiles = (dir: string) =>
  readdirSync(dir)
    .sort()
    .map((name) => join(dir, name));
const close = (a: number, b: number) =>
  assert.ok(Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b)), `${a}, not ${b}`);

test('the events say what metrics.jsonl and run.json say, and show the filters of every epoch', async () => {
  const logs = join(folder, 'logs');
  const wish = { model: writeModel(folder), limit: 120, validationSplit: 0.2, seed: 4 };
  const { dir } = await trainHere({ ...wish, tensorboard: logs, runDir: join(folder, 'runs', 'first') });
  assert.equal(readdirSync(logs), ['first']);
  assert.equal(readdirSync(join(logs, 'first')).sort(), ['test', 'train', 'validation']);
  const [train] = eventFiles(join(logs, 'first', 'train'));
  assert.match(train!, /events\.out\.tfevents\.\d{10}\./);
  const events = readEvents(train!);
  assert.is(events[0]!.version, 'brain.Event:2');

  const lines = readLines(readFileSync(join(dir, 'metrics.jsonl'), 'utf8')) as unknown as Record<
    string,
    number | string
  >[];
  const { info } = openRun(dir);
  const steps = lines.filter(({ event }) => event === 'step');
  const batches = events.filter(({ scalars }) => 'batch_loss' in scalars);
  assert.is(batches.length, steps.length);
  steps.forEach(({ epoch, step, loss, accuracy, learningRate }, i) => {
    const { scalars } = batches[i]!;
    assert.is(batches[i]!.step, (Number(epoch) - 1) * info.stepsPerEpoch + Number(step));
    close(scalars.batch_loss!, Number(loss));
    close(scalars.batch_accuracy!, Number(accuracy));
    close(scalars.batch_learning_rate!, Number(learningRate));
  });
  const validation = readEvents(eventFiles(join(logs, 'first', 'validation'))[0]!).filter(
    ({ step }) => step > 0,
  );
  const epochs = events.filter(({ scalars }) => 'epoch_loss' in scalars);
  assert.equal([epochs.length, validation.length], [2, 2]);
  info.history.forEach((record, i) => {
    close(epochs[i]!.scalars.epoch_loss!, record.loss);
    close(epochs[i]!.scalars.epoch_accuracy!, record.accuracy);
    close(validation[i]!.scalars.epoch_loss!, record.validationLoss!);
    assert.equal([epochs[i]!.step, validation[i]!.step], Array(2).fill((i + 1) * info.stepsPerEpoch));
  });
  const tested = readEvents(eventFiles(join(logs, 'first', 'test'))[0]!).at(-1)!;
  close(tested.scalars.epoch_accuracy!, info.test!.accuracy);
  assert.is(tested.step, info.bestEpoch! * info.stepsPerEpoch);

  const images = events.flatMap(({ step, images }) => images.map((image) => ({ step, ...image })));
  assert.equal(
    images.map(({ step, tag }) => [step, tag]),
    [0, 1, 2].map((epoch) => [epoch * info.stepsPerEpoch, 'conv2d_1/kernel']),
  );
  for (const { png, width, height } of images) {
    const facts = await sharp(png).metadata();
    // Four filters of 3x3, 16 pixels a weight, two in a row.
    assert.equal([facts.format, facts.width, facts.height, width, height], ['png', 108, 108, 108, 108]);
  }
  assert.not.equal(images[0]!.png, images[2]!.png);
});

test('a run that goes on takes back what came later', async () => {
  const logs = join(folder, 'more');
  const { dir } = await trainHere({
    model: writeModel(folder),
    limit: 60,
    epochs: 1,
    tensorboard: logs,
    runDir: join(folder, 'runs', 'more'),
  });
  await trainHere({ resume: dir, epochs: 2, tensorboard: join(logs, 'again') });
  const [file] = eventFiles(join(logs, 'again', 'more', 'train'));
  const [version, start, ...rest] = readEvents(file!);
  assert.equal([version!.version, start!.session, start!.step], ['brain.Event:2', 1, 7]);
  assert.equal(
    rest.filter(({ scalars }) => 'batch_loss' in scalars).map(({ step }) => step),
    [7, 8, 9, 10, 11, 12],
  );
});

test('a network without a convolution has curves alone; a file in the way is named', async () => {
  const dense = TINY.replace(/layers:.*dropout: 0.2/s, 'layers:\n  - flatten');
  const logs = join(folder, 'dense');
  const model = writeModel(folder, dense, 'dense.yaml');
  await trainHere({
    model,
    limit: 30,
    epochs: 1,
    tensorboard: logs,
    runDir: join(folder, 'runs', 'dense'),
  });
  const events = readEvents(eventFiles(join(logs, 'dense', 'train'))[0]!);
  assert.ok(
    events.some(({ scalars }) => 'epoch_loss' in scalars) &&
      events.every(({ images }) => images.length === 0),
  );
  writeFileSync(join(folder, 'file'), '');
  const args = [
    'train',
    model,
    '--limit',
    '30',
    '--tensorboard',
    'file',
    '--run-dir',
    'none',
    '--engine',
    'onnx',
    '--device',
    'cpu',
  ];
  const { code, stdout, stderr } = await cnnzoo(folder, args);
  assert.equal([code, stdout], [2, '']);
  assert.is(stderr, '--tensorboard file: a folder was expected, but there is a file in its way.\n');
  assert.not.ok(readdirSync(folder).includes('none'), 'a run folder is left');
});

test.run();
