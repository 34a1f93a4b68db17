/** Reads mutated copies of a file of weights: `mutated-weights.ts FILE NETWORK.json COUNT FOLDER`. Exit code 1 where one is no WorkError. */
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
const whole = readFileSync(file);

/** A few bytes changed, a part cut out, doubled, or moved; the end cut off. */
function mutated(random: Random): Buffer {
  const bytes = Buffer.from(whole);
  const place = () => random.below(bytes.length);
  const [a, b] = [place(), place()].sort((x, y) => x - y) as [number, number];
  switch (random.below(6)) {
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
const ends = { taken: 0, refused: 0, slowest: 0 };
for (let i = 0; i < Number(count); i++) {
  writeFileSync(path, mutated(randomStream(i, 'mutated')));
  const begun = performance.now();
  try {
    await readWeightsFile(path, graph);
    if (i % 50 === 0) await inspectWeights(path);
    ends.taken++;
  } catch (error) {
    if (!(error instanceof WorkError)) {
      console.error(`file ${i}:`, error);
      process.exit(1);
    }
    ends.refused++;
  }
  ends.slowest = Math.max(ends.slowest, performance.now() - begun);
}
console.log(
  `${ends.taken} taken, ${ends.refused} refused, slowest ${Math.round(ends.slowest)} ms, at most ${Math.round(peakMemory() / 2 ** 20)} MB`,
);
