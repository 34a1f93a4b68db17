import { formatBytes, formatInteger } from '../../src/base/text/format.js';
import type { BenchRecord } from '../../src/tasks/bench/record.js';
import type { DataBenchResult } from '../../src/tasks/bench/with-data.js';
import type { Pictures } from './pictures.js';

/** One measurement: a training of two epochs, or `bench --with-data`. */
export interface Measured {
  /** The largest resident size of the process. */
  readonly peakBytes: number;
  /** Whether the limit of memory was in force. */
  readonly isLimited: boolean;
  /** From the command to its end. */
  readonly seconds: number;
  readonly epochs?: readonly { readonly imagesPerSecond: number; readonly loss: number }[];
  /** Of the training, without what comes before. */
  readonly trainSeconds?: number;
  readonly bench?: DataBenchResult;
}

export interface Figures extends Pick<BenchRecord, 'machine' | 'versions' | 'commit' | 'date'> {
  readonly limitBytes: number;
  readonly sets: Readonly<Record<string, Pictures>>;
  /** By set and way: `small/cold`. */
  readonly measured: Readonly<Record<string, Measured>>;
}

const TITLES: Readonly<Record<string, string>> = {
  before: 'no cache on the disk',
  cold: 'first run, the cache empty',
  warm: 'second run, from the cache',
};

/** docs/data-pipeline.md. */
export function pageOf(figures: Figures): string {
  const { machine, versions, commit, date, limitBytes, sets } = figures;
  const parts = Object.entries(sets).map(([set, pictures]) => setText(figures, set, pictures));
  return `# The input pipeline, measured

Written by \`npm run bench:data\` on ${date.slice(0, 10)}: cnnzoo ${versions.cnnzoo} (commit ${commit ?? 'unknown'}) and Node.js ${versions.node} on
${machine.processor} (${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.platform}), each process in a control group that may use
${formatBytes(limitBytes)} of memory, the page cache included. How pictures get to the network is told in [data.md](data.md#pictures-that-do-not-fit-in-memory).

The networks are small ones (\`scripts/pipeline/*.yaml\`), so that a step is as fast as it gets on full-size images; larger ones wait
less. Images/s are those of training alone; "ready after" is how long it took until the first step could begin: all pictures looked
at, and decoded where they were not cached. Losses are equal to the last bit, whichever way the pictures come. Each row was
measured once, at another time than the others, on a machine whose speed doubles and halves: only what stands in one line of
\`bench --with-data\`, which takes its three figures within half a minute, can be set beside each other.
Where training is slower than steps alone though no step waits, decoding, reading and augmenting share the cores with it.

${parts.join('\n')}
## How to repeat it

\`npm run bench:data\` makes the pictures (in \`/tmp/cnnzoo-pipeline\`, or \`--folder\`), measures everything and writes this page;
\`npm run bench:data -- small/cold small/warm\` does some of it. The limit of memory needs Linux and the right to make a control
group. Of your own data: \`cnnzoo bench MODEL --with-data --dataset FOLDER\`.
`;
}

function setText({ measured }: Figures, set: string, { count, width, height }: Pictures): string {
  const rows = Object.entries(TITLES).flatMap(([way, title]) => {
    const found = measured[`${set}/${way}`];
    if (found?.epochs === undefined) return [];
    const [first, second] = found.epochs;
    const ready = found.seconds - found.trainSeconds!;
    return [
      `| ${title} | ${ready.toFixed(1)} s | ${rate(first!.imagesPerSecond)} | ${rate(second!.imagesPerSecond)} | ${formatBytes(found.peakBytes)} | ${second!.loss.toPrecision(9)} |`,
    ];
  });
  const { bench, peakBytes } = measured[`${set}/bench`] ?? {};
  return `## ${formatInteger(count)} JPEG files of ${width}x${height}, ${set === 'small' ? 'at 64x64' : 'at 224x224, with shift, flip, rotation and zoom'}

|  | ready after | images/s, epoch 1 | images/s, epoch 2 | peak memory | loss |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
${bench === undefined ? '' : `\n${benchText(bench, peakBytes!)}\n`}`;
}

function benchText(bench: DataBenchResult, peakBytes: number): string {
  return (
    `\`cnnzoo bench --with-data\`, from the cache: ${rate(bench.pipelineImagesPerSecond)} images/s are made ready while no step runs, ` +
    `${rate(bench.stepImagesPerSecond)} are trained on where they lie ready, ${rate(bench.imagesPerSecond)} in training; of that time\n` +
    `**the step waits ${(100 * bench.waitShare).toFixed(1)} %**. Peak memory ${formatBytes(peakBytes)}.`
  );
}

function rate(value: number): string {
  return formatInteger(Math.round(value));
}
