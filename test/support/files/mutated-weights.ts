/**
 * Reads mutated copies of a file of weights, or of a shard beside it: `mutated-weights.ts FILE NETWORK.json COUNT FOLDER`.
 * Exit code 1 where one is not refused in a sentence that names it, where that takes too long, or too much memory.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { WorkError } from '../../../src/base/errors.js';
import { peakMemory } from '../../../src/base/machine/memory.js';
import { type Random, randomStream } from '../../../src/base/random.js';
import { inspectWeights } from '../../../src/weights/inspect.js';
import { readWeightsFile } from '../../../src/weights/read-weights.js';
import { type Told, toldGraph } from '../networks/told-networks.js';

const [file, network, count, folder] = process.argv.slice(2) as [string, string, string, string];
const graph = toldGraph(JSON.parse(readFileSync(network, 'utf8')) as Told);

/** More than the HDF5 library is given for a file in which it comes to no end. */
const MOST_SECONDS = 45;
/** The files have less than 1 MB. */
const MOST_BYTES = 600e6;

const TOKENS = [
  '0',
  '-1',
  '1',
  '7',
  '1e9',
  '1e300',
  '9007199254740993',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '[-1]',
];

/** A number or word of a text changed, as in the headers of safetensors and in JSON. */
function reworded(whole: Buffer, random: Random): Buffer {
  const text = whole.toString('latin1');
  const found = [...text.slice(0, 20_000).matchAll(/-?\d+|"[^"\n]{0,40}"|true|false|null/g)];
  if (found.length === 0) return whole.subarray(1);
  const { index, 0: word } = found[random.below(found.length)]!;
  const digits = word.replace(/\d/g, () => String(random.below(10)));
  const other = random.below(2) === 0 ? digits : TOKENS[random.below(TOKENS.length)]!;
  return Buffer.from(text.slice(0, index) + other + text.slice(index + word.length), 'latin1');
}

/** A few bytes changed, a part cut out, doubled, or moved; the end cut off; a number or word changed. */
function mutated(whole: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(whole);
  const place = () => random.below(bytes.length);
  const [a, b] = [place(), place()].sort((x, y) => x - y) as [number, number];
  switch (random.below(7)) {
    case 6:
      return reworded(whole, random);
    case 0:
      return bytes.subarray(0, a);
    case 1:
      return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, b), bytes.subarray(a)]);
    case 3:
      // Where formats have their headers.
      for (let i = 0; i < 1 + random.below(4); i++)
        bytes[random.below(Math.min(2000, bytes.length))] = random.below(256);
      return bytes;
    case 4:
      for (let i = 0; i < 1 + random.below(20); i++) bytes[place()] = random.below(256);
      return bytes;
    default:
      bytes.fill(random.below(2) === 0 ? 0 : 255, a, Math.min(b, a + 1 + random.below(64)));
      return bytes;
  }
}

mkdirSync(folder, { recursive: true });
const beside = readdirSync(dirname(file)).filter((name) => name.endsWith('.bin') && name !== basename(file));
for (const name of beside)
  if (!existsSync(join(folder, name))) cpSync(join(dirname(file), name), join(folder, name));
const path = join(folder, basename(file));
const parts = [file, ...beside.map((name) => join(dirname(file), name))];
const copyOf = (part: string) => join(folder, basename(part));
cpSync(file, path);
const ends = { taken: 0, refused: 0, slowest: 0 };

/** How what makes a file usable is said. */
const WAY =
  /(Fetch|Save|Export|Take|Name|Put|Convert|Unpack) |In Python: |says which models take it|give a config|take one with more|unpack it first|pack it anew/;

/** Why what was thrown is no refusal that a user can use; undefined where it is one. */
function faultOf(error: unknown): string | undefined {
  if (!(error instanceof WorkError)) return 'no WorkError';
  if (error.message.includes('internal')) return 'an internal error';
  if (!error.message.includes(basename(file))) return 'the file is not named';
  return WAY.test(error.message) ? undefined : 'what makes it usable is not said';
}

for (let i = 0; i < Number(count); i++) {
  const random = randomStream(i, 'mutated');
  const part = parts[random.below(parts.length)]!;
  writeFileSync(copyOf(part), mutated(readFileSync(part), random));
  const begun = performance.now();
  try {
    await readWeightsFile(path, graph);
    if (i % 50 === 0) await inspectWeights(path);
    ends.taken++;
  } catch (error) {
    const fault = faultOf(error);
    if (fault !== undefined) {
      console.error(`file ${i}, ${fault}:`, error);
      process.exit(1);
    }
    ends.refused++;
  }
  ends.slowest = Math.max(ends.slowest, performance.now() - begun);
  cpSync(part, copyOf(part));
}
console.log(
  `${ends.taken} taken, ${ends.refused} refused, slowest ${Math.round(ends.slowest)} ms, at most ${Math.round(peakMemory() / 2 ** 20)} MB`,
);
if (ends.slowest > 1000 * MOST_SECONDS || peakMemory() > MOST_BYTES) process.exit(1);
