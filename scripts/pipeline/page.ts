import { maxOf, median, minOf } from '../../src/base/extremes.js';
import { formatBytes, formatInteger } from '../../src/base/text/format.js';
import { counted } from '../../src/base/text/words.js';
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
  readonly epochs?: readonly {
    readonly imagesPerSecond: number;
    readonly loss: number;
    /** Spent on the processors, by all threads; absent where the system does not say. */
    readonly cpuSeconds?: number;
  }[];
  /** Of the training, without what comes before. */
  readonly trainSeconds?: number;
  readonly bench?: DataBenchResult;
}

export interface Figures extends Pick<BenchRecord, 'machine' | 'versions' | 'commit' | 'date'> {
  /** Of a process and its page cache. */
  readonly limitBytes: number;
  /** What decoded pictures might take in memory. */
  readonly keptBytes: number;
  readonly sets: Readonly<Record<string, Pictures>>;
  /** By set and way, `small/cold`: a measurement a round. */
  readonly measured: Readonly<Record<string, Measured[]>>;
}

const TITLES: Readonly<Record<string, string>> = {
  uncached: 'no cache on the disk (`--image-cache 0`)',
  cold: 'first run, the cache empty',
  warm: 'second run, from the cache',
};

/** docs/data-pipeline.md. */
export function pageOf(figures: Figures): string {
  const { machine, versions, commit, date, limitBytes, keptBytes, sets } = figures;
  const parts = Object.entries(sets).map(([set, pictures]) => setText(figures, set, pictures));
  return `# The input pipeline, measured

Written by \`npm run bench:data\` on ${date.slice(0, 10)}: cnnzoo ${versions.cnnzoo} (commit ${commit ?? 'unknown'}) and Node.js ${versions.node} on
${machine.processor} (${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.platform}), each process in a control group that may use
${formatBytes(limitBytes)} of memory, the page cache included, with \`--image-memory ${formatBytes(keptBytes).replace(' ', '')}\`: memory keeps less than half of the decoded
pictures. The sets are small, so that all rounds take half an hour, and so is the limit. How pictures get to the network is told in [data.md](data.md#pictures-that-do-not-fit-in-memory).

The networks are small ones (\`scripts/pipeline/*.yaml\`), so that a step is as fast as it gets on full-size images; larger ones wait
less. Images/s are those of training alone; "ready after" is how long it took until the first step could begin: all pictures looked
at, and decoded where they were not cached. Losses are equal to the last bit, whichever way the pictures come.

A figure is the median of all rounds, with the least and the most behind it; a round measures everything once, one after the
other, as the speed of a machine that is shared doubles and halves within minutes. What others do on it moves images/s far more than the
way in which pictures come; the time that all threads of the process spend on the processors, decoding, reading, checking and training
together, it moves less: that is what ways are compared by. Where training is slower than steps alone though no step waits,
decoding, reading and augmenting share the cores with it.

${parts.join('\n')}
## How to repeat it

\`npm run bench:data\` makes the pictures (in \`/tmp/cnnzoo-pipeline\`, or \`--folder\`), measures everything in three rounds and writes
this page; \`npm run bench:data -- small/cold small/warm\` adds one more measurement of each of these. The limit of memory needs Linux and the
right to make a control group. Of your own data: \`cnnzoo bench MODEL --with-data --dataset FOLDER\`.
`;
}

function setText({ measured }: Figures, set: string, { count, width, height }: Pictures): string {
  const rows = Object.entries(TITLES).flatMap(([way, title]) => {
    const found = measured[`${set}/${way}`] ?? [];
    return found.length === 0 ? [] : [rowText(title, found)];
  });
  const benches = measured[`${set}/bench`] ?? [];
  return `## ${formatInteger(count)} JPEG files of ${width}x${height}, ${set === 'small' ? 'at 64x64' : 'at 224x224, with shift, flip, rotation and zoom'}

|  | rounds | ready after | images/s, epoch 1 | images/s, epoch 2 | processor time, epoch 1 | epoch 2 | peak memory | loss |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
${benches.length === 0 ? '' : `\n${benchText(benches)}\n`}`;
}

function rowText(title: string, found: readonly Measured[]): string {
  const epoch = (i: number) =>
    spread(
      found.map(({ epochs }) => epochs![i]!.imagesPerSecond),
      rate,
    );
  const cpu = (i: number) => {
    const known = found.flatMap(({ epochs }) => epochs![i]!.cpuSeconds ?? []);
    if (known.length === 0) return '';
    return `${spread(known, seconds)}${known.length < found.length ? `, ${counted(known.length, 'round')}` : ''}`;
  };
  const losses = [...new Set(found.map(({ epochs }) => epochs!.at(-1)!.loss.toPrecision(9)))];
  const cells = [
    title,
    found.length,
    spread(
      found.map((one) => one.seconds - one.trainSeconds!),
      seconds,
    ),
    ...[epoch(0), epoch(1), cpu(0), cpu(1)],
    formatBytes(median(found.map(({ peakBytes }) => peakBytes))),
    losses.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function benchText(benches: readonly Measured[]): string {
  const of = (figure: (bench: DataBenchResult) => number, format: (value: number) => string) =>
    spread(
      benches.map(({ bench }) => figure(bench!)),
      format,
    );
  return (
    `\`cnnzoo bench --with-data\`, from the cache, ${counted(benches.length, 'round')}: ${of((b) => b.pipelineImagesPerSecond, rate)} images/s are made ready while no step runs, ` +
    `${of((b) => b.stepImagesPerSecond, rate)} are trained on where they lie ready, ${of((b) => b.imagesPerSecond, rate)} in training; of that time\n` +
    `**the step waits ${of(
      (b) => b.waitShare,
      (share) => `${(100 * share).toFixed(1)} %`,
    )}**. ` +
    `Peak memory ${formatBytes(median(benches.map(({ peakBytes }) => peakBytes)))}.`
  );
}

/** The median of all rounds, with the least and the most where there are several. */
function spread(values: readonly number[], format: (value: number) => string): string {
  const middle = format(median(values));
  const [least, most] = [minOf(values), maxOf(values)].map(format);
  return least === most ? middle : `${middle} (${least} to ${most})`;
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

function rate(value: number): string {
  return formatInteger(Math.round(value));
}
