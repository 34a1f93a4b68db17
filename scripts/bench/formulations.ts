/**
 * Measures what the choice between formulations of convolutions is estimated by, and how often it is right:
 * `npm run bench:formulations`. With --write, src/engines/onnx/operators/products/winograd/rates.ts gets the rates.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../src/base/extremes.js';
import { physicalCores } from '../../src/base/machine/cores.js';
import { randomStream } from '../../src/base/random.js';
import type { Filtering, Formulation } from '../../src/engines/formulation.js';
import { probeChannelBlock } from '../../src/engines/onnx/channel-block.js';
import { ort } from '../../src/engines/onnx/library/onnxruntime.js';
import { createSession } from '../../src/engines/onnx/library/session.js';
import type { Emission } from '../../src/engines/onnx/operators/contract/operator.js';
import { forward } from '../../src/engines/onnx/operators/products/blocked/blocked-products.js';
import { fastest } from '../../src/engines/onnx/operators/products/winograd/choice.js';
import { TRANSFORMS } from '../../src/engines/onnx/operators/products/winograd/transforms.js';
import { winogradForward } from '../../src/engines/onnx/operators/products/winograd/winograd-products.js';
import { NCHWC } from '../../src/engines/onnx/write/nchwc.js';
import type { Ref } from '../../src/engines/onnx/write/ref.js';
import { GraphWriter } from '../../src/engines/onnx/write/writer.js';

const RATES = 'src/engines/onnx/operators/products/winograd/rates.ts';

/** Channels, filters and the side of the map. */
const SHAPES = [
  [32, 64, 28],
  [64, 64, 56],
  [64, 128, 14],
  [128, 128, 14],
  [128, 128, 28],
  [192, 192, 14],
  [256, 256, 7],
  [256, 256, 14],
  [256, 256, 28],
  [512, 512, 7],
  [512, 512, 14],
] as const;

const ROUNDS = 3;
const RUNS = 12;

type Inputs = Readonly<Record<string, readonly number[]>>;

/** The median milliseconds that a graph's nodes take together, but for the last copy of the output. */
async function milliseconds(inputs: Inputs, write: (g: GraphWriter, given: Ref[]) => Ref): Promise<number> {
  const g = new GraphWriter();
  const given = Object.entries(inputs).map(([name, dims]) => g.input(name, dims));
  g.scope = 'measured';
  const result = write(g, given);
  g.scope = 'end';
  g.output(
    g.max(
      result,
      result.dims.map((_, axis) => axis),
    ),
    'y',
  );
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-rates-'));
  try {
    const session = await createSession(g.encode(), {
      provider: 'cpu',
      threads: physicalCores(),
      profile: join(folder, 'p'),
    });
    const random = randomStream(1, 'rates');
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, dims]) => {
        const length = dims.reduce((product, extent) => product * extent, 1);
        return [
          name,
          new ort.Tensor(
            'float32',
            Float32Array.from({ length }, () => random.uniform() - 0.5),
            [...dims],
          ),
        ];
      }),
    );
    for (let run = 0; run < RUNS; run++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    return medianOf(join(folder, readdirSync(folder)[0]!));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a profile's runs, without the first three. */
function medianOf(file: string): number {
  const events = JSON.parse(readFileSync(file, 'utf8')) as { cat: string; name: string; dur: number }[];
  const nodes = events.filter(
    ({ cat, name }) => cat === 'Node' && name.includes('measured/') && name.endsWith('_kernel_time'),
  );
  const each = nodes.length / RUNS;
  const sums = Array.from({ length: RUNS - 3 }, (_, run) =>
    nodes.slice((run + 3) * each, (run + 4) * each).reduce((sum, { dur }) => sum + dur / 1000, 0),
  );
  return median(sums);
}

/** A convolution of one group of as many images as a block has channels. */
function convolution(B: number, [channels, filters, side]: readonly [number, number, number]) {
  const inputs = { x: [1, channels, side, side * B], kernel: [filters, channels, 3, 3] };
  const emission = (g: GraphWriter) =>
    ({ g, batch: B, blocks: { images: B, channels: B } }) as unknown as Emission;
  const sizes = {
    lanes: B,
    channelBlocks: channels / B,
    filterBlocks: filters / B,
    map: [side, side],
    size: [3, 3],
    pads: [1, 1, 1, 1],
    output: [side, side],
  } as const;
  return {
    direct: () =>
      milliseconds(inputs, (g, [x, kernel]) =>
        forward(emission(g), { ...sizes, x: x!, kernel: kernel! }, {}),
      ),
    filtered: (form: Filtering) =>
      milliseconds(inputs, (g, [x, kernel]) =>
        winogradForward(emission(g), TRANSFORMS[form], { ...sizes, x: x!, kernel: kernel! }, {}),
      ),
  };
}

/** Operations, and bytes, in a millisecond. */
async function measureRates(B: number) {
  const [channels, tiles] = [128, 49];
  const direct =
    (2 * 9 * 28 * 28 * B * channels ** 2) / (await convolution(B, [channels, channels, 28]).direct());
  const grouped = await milliseconds(
    { x: [1, 36 * channels, tiles, B], kernel: [36 * channels, channels, 1, 1] },
    (g, [x, kernel]) =>
      g.op('Conv', [x!, kernel!], [1, 36 * channels, tiles, B], { kernel_shape: [1, 1], group: 36 }, NCHWC),
  );
  const columns = 2 ** 16;
  const transform = await milliseconds({ a: [36, 36], x: [36, columns] }, (g, [a, x]) =>
    g.op('MatMul', [a!, x!], [36, columns]),
  );
  const [rows, width] = [2 ** 15, B * B];
  const order = Array.from({ length: rows }, (_, i) => (i * 7919) % rows);
  const moved = await milliseconds({ x: [rows, width] }, (g, [x]) => g.pick(x!, g.int32s(order, [rows])));
  return {
    direct,
    products: (2 * 36 * tiles * B * channels ** 2) / grouped,
    transforms: (2 * 36 * 36 * columns) / transform,
    moved: (8 * rows * width) / moved,
  };
}

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const B = await probeChannelBlock();
if (B === null)
  throw new Error('ONNX Runtime has no layout in blocks here: there is nothing to choose from.');
const rounds: Awaited<ReturnType<typeof measureRates>>[] = [];
for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRates(B));
const rates = Object.fromEntries(
  (['direct', 'products', 'transforms', 'moved'] as const).map((key) => [
    key,
    Number(median(rounds.map((one) => one[key])).toPrecision(2)),
  ]),
) as Awaited<ReturnType<typeof measureRates>>;
console.log('In a millisecond:', rates);
let right = 0;
for (const [channels, filters, side] of SHAPES) {
  const way = convolution(B, [channels, filters, side]);
  const ms: Partial<Record<Formulation, number>> = { direct: await way.direct() };
  for (const form of Object.keys(TRANSFORMS) as Filtering[]) ms[form] = await way.filtered(form);
  const map = [side, side] as const;
  const chosen = fastest({ channels, filters, map, output: map, batch: B }, rates).forward;
  const best = Math.min(...Object.values(ms));
  if (ms[chosen]! <= 1.1 * best) right++;
  const times = Object.entries(ms).map(([form, time]) => `${form} ${time.toFixed(2)}`);
  console.log(
    `${channels} to ${filters}, ${side}x${side}, ${B} images: ${times.join(', ')} ms; chosen: ${chosen}`,
  );
}
console.log(`${right} of ${SHAPES.length} choices are within 10 % of the fastest.`);
if (values.write) {
  const lines = Object.entries(rates).map(([key, value]) => `  ${key}: ${value},`);
  writeFileSync(
    RATES,
    `/**\n * What estimates of formulations are made of: operations in a millisecond of the direct form, of the products of tiles and of\n * their transforms, and bytes read and written by what only moves. Written by \`npm run bench:formulations -- --write\` on two\n * cores of an AMD EPYC with AVX-512: what counts is how they compare.\n */\nexport const RATES = {\n${lines.join('\n')}\n};\n`,
  );
  console.log(`${RATES} is written.`);
}
