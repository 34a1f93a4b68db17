import { ShortfallError, UsageError } from '../../base/errors.js';
import { defineCommand } from '../../cli/command.js';
import { COMPUTING } from '../../cli/common.js';
import { flagWords, type GlobalOptions, type Options, type OptionValues } from '../../cli/options.js';
import { choice, FILE, MODEL, NUMBER, SWITCH, wholeNumber } from '../../cli/values.js';
import type { EngineWork } from '../../engines/engine.js';
import type { Graph } from '../../models/graph/graph.js';
import { printResult } from '../../report/output.js';
import { renderRows } from '../../report/render.js';
import type { BenchRow, Cell } from '../../tasks/bench/cells.js';
import { BENCH_DTYPES, BENCH_MODES, type BenchMode, type BenchResult } from '../../tasks/bench/measure.js';
import type { BenchRecord } from '../../tasks/bench/record.js';
import { insist, tell } from '../../ui/lines/tell.js';

import { OF_DATA, requireDataSense } from './bench-data.js';

/** Rounds of the suite: the machine's speed drifts, and each round sees it at another moment. */
const SUITE_ROUNDS = 3;
const SECONDS = 3;

const OPTIONS = {
  suite: {
    takes: SWITCH,
    describe: 'Training and inference of these models, or of the whole zoo, in rounds',
  },
  scaling: {
    takes: SWITCH,
    describe: 'How images/s grow with threads: 1, 2, 4, ... up to --threads, and what would be chosen',
  },
  explain: {
    takes: SWITCH,
    describe: 'Where the time of a training step goes on the CPU: by layer, with its formulation',
  },
  mode: {
    takes: choice(BENCH_MODES, 'MODE'),
    describe: 'What to measure (default: train; both in the suite and with --scaling)',
  },
  dtype: {
    takes: choice(BENCH_DTYPES, 'TYPE'),
    describe: 'What inference computes with; int8 is calibrated with random images [float32]',
  },
  batchSize: {
    takes: wholeNumber(1),
    describe: "Images a step (default: the model's; in the suite 64 small or 16 large ones)",
  },
  microBatches: {
    takes: wholeNumber(1),
    describe: "Parts in which a training step is computed (default: the model's)",
  },
  steps: { takes: wholeNumber(1), describe: 'Steps to measure, instead of --seconds' },
  seconds: { takes: NUMBER, default: SECONDS, describe: 'About how long to measure, after a warm-up' },
  rounds: {
    takes: wholeNumber(1),
    describe: `How often to measure everything in turn (default: 1; ${SUITE_ROUNDS} in the suite and with --scaling)`,
  },
  ...COMPUTING,
  ...OF_DATA,
  out: {
    takes: FILE,
    writes: true,
    describe: 'Write the figures to this file too, with machine, versions and commit',
  },
  against: {
    takes: FILE,
    describe: 'Show ratios to the figures in such a file; exit with 3 where any is worse',
  },
} as const satisfies Options;

type BenchArguments = OptionValues<typeof OPTIONS> & GlobalOptions & { readonly models: readonly string[] };

export const command = defineCommand({
  name: 'bench',
  describe: 'How fast models train or infer on this machine',
  examples: [
    ['cnnzoo bench lenet5 mnist-basic', 'a training step of each, on random images'],
    ['cnnzoo bench mnist-basic --mode infer --batch-size 256 --json', 'inference, as JSON'],
    ['cnnzoo bench resnet18 --mode infer --dtype int8', 'inference in int8'],
    ['cnnzoo bench lenet5 --scaling', 'how many threads are best'],
    ['cnnzoo bench alexnet --with-data --dataset pictures', 'whether training waits for its pictures'],
    ['cnnzoo bench --suite --out before.json', 'all of the zoo, to a file'],
    [
      'cnnzoo bench --suite --against before.json',
      'the same after a change; exits with 3 where it is slower',
    ],
  ],
  places: {
    models: { takes: MODEL, many: true, describe: 'Models of the zoo or YAML files' },
  },
  options: OPTIONS,
  async run(args) {
    requireSense(args);
    const { requireThreads } = await import('../../base/machine/cores.js');
    requireThreads(args.threads);
    if (args.explain) return explain(args);
    if (args.withData) return (await import('./bench-data.js')).benchWithData(args);
    const { against } = args;
    const { readRecord, recordOf, writeRecord } = await import('../../tasks/bench/record.js');
    const before = against === undefined ? undefined : readRecord(against);
    const rows = await measureAll(args);
    const record = recordOf(rows);
    if (args.scaling) await showScaling(rows, args);
    const worse = args.scaling
      ? null
      : before === undefined
        ? await show(rows, args)
        : await showAgainst(record, before, args);
    if (args.out !== undefined) await writeRecord(args.out, record);
    if (worse !== null) throw new ShortfallError(worse);
    return 0;
  },
});

function requireSense({ models, suite, seconds, ...args }: BenchArguments): void {
  requireDataSense({ suite, ...args });
  if (!(seconds > 0)) throw new UsageError(`--seconds must be more than 0, got ${seconds}.`);
  if (args.explain && !args.scaling && (models.length !== 1 || suite || args.mode === 'infer')) {
    throw new UsageError(
      '--explain takes one model, and its training step: "cnnzoo bench lenet5 --explain".',
    );
  }
  if (args.mode === 'infer' && args.microBatches !== undefined)
    throw new UsageError('--micro-batches is about training steps: leave it out, or --mode infer.');
  const other = args.explain ? '--explain' : suite ? '--suite' : null;
  if (args.scaling && other !== null) throw new UsageError(`--scaling and ${other} do not go together.`);
  if (args.scaling && args.engine === 'tensorflow')
    throw new UsageError(
      '--scaling is about the threads of --engine onnx: tensorflow has a number of its own.',
    );
  if (args.scaling && args.against !== undefined) {
    throw new UsageError(
      '--scaling and --against do not go together: write the figures of one number of threads by "cnnzoo bench --suite --threads 1 --out FILE".',
    );
  }
  requireInt8Sense(args);
  if (models.length === 0 && !suite) {
    throw new UsageError(
      'bench needs at least one model, for example "cnnzoo bench lenet5 mnist-basic", or --suite for all of the zoo.',
    );
  }
}

/** @throws UsageError for what int8 does not go with */
function requireInt8Sense({
  dtype,
  mode,
  scaling,
}: Pick<BenchArguments, 'dtype' | 'mode' | 'scaling'>): void {
  if (dtype !== 'int8') return;
  if (scaling)
    throw new UsageError('--scaling is about float32, whose threads it chooses: leave --dtype int8 out.');
  if (mode !== 'infer')
    throw new UsageError('--dtype int8 is for inference, training is in float32: add --mode infer.');
}

/** What computes; of several models too it is refused before anything is measured. */
async function computingOf({ dtype, engine, device }: Pick<BenchArguments, 'dtype' | 'engine' | 'device'>) {
  if (dtype !== 'int8') return { engine, device };
  const { wantedFormulation } = await import('../../engines/formulation.js');
  const wish = wantedFormulation();
  if (wish !== 'auto')
    throw new UsageError(
      `CNNZOO_FORMULATION=${wish} is for convolutions in float32 and changes nothing in int8: unset it.`,
    );
  const { int8Computing } = await import('../../engines/host/int8.js');
  return int8Computing({ engine, device });
}

async function explain({
  models,
  batchSize,
  microBatches,
  threads,
  ...args
}: BenchArguments): Promise<number> {
  const { loadModel } = await import('../../models/zoo.js');
  const { buildGraph } = await import('../../models/build.js');
  const { explainTraining } = await import('../../engines/onnx/index.js');
  const { optimizerOf, requireParts } = await import('../../models/trainable.js');
  const { explainColumns, layerColumns } = await import('../../report/results/bench-columns.js');
  const spec = loadModel(models[0]!);
  const { training } = spec.config;
  const options = {
    batchSize: batchSize ?? training.batchSize,
    microBatches: microBatches ?? training.microBatches,
    optimizer: optimizerOf(spec),
  };
  requireParts(options);
  const graph = buildGraph(spec);
  const { layers, lines } = await explainTraining(graph, options, threads);
  await printResult(
    (format, style) =>
      format === 'table' || format === 'markdown'
        ? renderRows(format, lines, explainColumns, layers, style)
        : renderRows(format, layers, layerColumns, layers, style),
    args,
  );
  await tellThreads({ ...options, graph, mode: 'train' }, threads);
  return 0;
}

/** With how many threads a step was explained, and what the model of threads says of it. */
async function tellThreads(work: EngineWork, asked: number | undefined): Promise<void> {
  const { physicalCores } = await import('../../base/machine/cores.js');
  const { threadModel } = await import('../../engines/onnx/index.js');
  const { threadCounts } = await import('../../tasks/bench/scaling.js');
  const { chosen, replicas, expectedMs } = await threadModel(work);
  const times = threadCounts(physicalCores()).map(
    (count) => `${expectedMs(count).toFixed(2)} ms with ${count}`,
  );
  const taken =
    asked === undefined || asked === chosen ? `${chosen}, as taken` : `${chosen}; taken were ${asked}`;
  tell(`threads: by their model a step takes ${times.join(', ')}; best are ${taken}.`);
  if (replicas(asked ?? chosen) === 1) return;
  const images = Math.ceil(work.batchSize / 2);
  tell(`halves: two of ${images} images are computed at the same time; the figures are those of one.`);
}

/** Measures everything that was asked for: one thing in this process, several in turn, each in a process of its own. */
async function measureAll(args: BenchArguments): Promise<BenchRow[]> {
  const { joinRounds } = await import('../../tasks/bench/cells.js');
  const cells = await cellsOf(args);
  const { engine, device } = await computingOf(args);
  const rounds = args.rounds ?? (args.suite || args.scaling ? SUITE_ROUNDS : 1);
  if (cells.length === 1 && rounds === 1) return [joinRounds([await measureHere(cells[0]!, args)])];
  if (args.models.includes('-')) {
    throw new UsageError('A model from standard input can be measured by itself and in one round only.');
  }
  const { measureApart } = await import('../../tasks/bench/apart.js');
  const { createProgress } = await import('../../ui/lines/progress.js');
  const progress = createProgress({ stderr: process.stderr, env: process.env });
  const { microBatches, steps, seconds, threads, dtype } = args;
  const results: BenchResult[][] = cells.map(() => []);
  const total = rounds * cells.length;
  const shared = { microBatches, steps, seconds, engine, device, threads, dtype };
  try {
    for (let done = 0; done < total; done++) {
      const cell = cells[done % cells.length]!;
      progress.update('Measuring', done, total, `measurements (${cell.model} ${cell.mode})`);
      results[done % cells.length]!.push(await measureApart(cell.model, wordsOf(cell, shared)));
    }
  } finally {
    progress.finish();
  }
  return results.map(joinRounds);
}

/** The command line that measures one cell alone. */
function wordsOf(
  { model, ...cell }: Cell,
  shared: Omit<Cell, 'model' | 'mode' | 'batchSize'> & Pick<BenchArguments, 'microBatches'>,
): string[] {
  const threads = cell.threads ?? shared.threads;
  const microBatches = cell.mode === 'infer' ? undefined : shared.microBatches;
  const flags = flagWords({ ...cell, ...shared, threads, microBatches });
  return ['bench', model, '--json', '--no-defaults', ...flags];
}

/** @throws UsageError for a model that is not there or wrong, before anything is measured. */
async function cellsOf(args: BenchArguments): Promise<Cell[]> {
  const cells = await plainCells(args);
  if (!args.scaling) return cells;
  const { physicalCores } = await import('../../base/machine/cores.js');
  const { threadCounts } = await import('../../tasks/bench/scaling.js');
  const counts = threadCounts(args.threads ?? physicalCores());
  return cells.flatMap((cell) => counts.map((threads) => ({ ...cell, threads })));
}

async function plainCells({ models, suite, scaling, mode, batchSize }: BenchArguments): Promise<Cell[]> {
  const { loadModel, modelNames } = await import('../../models/zoo.js');
  const { suiteCells } = await import('../../tasks/bench/cells.js');
  if (!suite) {
    if (models.length > 1) for (const model of models) loadModel(model);
    const modes: readonly BenchMode[] = mode ? [mode] : scaling ? BENCH_MODES : ['train'];
    return models.flatMap((model) => modes.map((one) => ({ model, mode: one, batchSize })));
  }
  const wanted = models.length > 0 ? models : modelNames();
  const inputs = wanted.map((model) => ({ model, input: loadModel(model).config.input }));
  const cells = suiteCells(inputs, mode ? [mode] : ['train', 'infer']);
  return batchSize === undefined ? cells : cells.map((cell) => ({ ...cell, batchSize }));
}

async function measureHere(cell: Cell, args: BenchArguments): Promise<BenchResult> {
  const { model, mode } = cell;
  const { loadModel } = await import('../../models/zoo.js');
  const { buildGraph } = await import('../../models/build.js');
  const { startEngine } = await import('../../engines/host/index.js');
  const { measure } = await import('../../tasks/bench/measure.js');
  const { optimizerOf } = await import('../../models/trainable.js');
  const spec = loadModel(model);
  const { training } = spec.config;
  const optimizer = mode === 'train' ? optimizerOf(spec) : undefined;
  const graph = buildGraph(spec);
  const batchSize = cell.batchSize ?? training.batchSize;
  const microBatches = mode === 'train' ? (args.microBatches ?? training.microBatches) : 1;
  const { dtype } = args;
  const { engine: name, device } = await computingOf(args);
  if (dtype === 'int8' && args.verbose) await tellFloats(graph);
  const threads = cell.threads ?? args.threads;
  const work = { graph, mode, batchSize, microBatches };
  const engine = await startEngine({ engine: name, device, threads, work });
  try {
    return await measure(engine, graph, {
      mode,
      batchSize,
      microBatches,
      steps: args.steps,
      seconds: args.seconds,
      optimizer,
      ...(dtype && { dtype }),
    });
  } finally {
    await engine.dispose();
  }
}

async function tellFloats(graph: Graph): Promise<void> {
  const { float32Words, planInt8 } = await import('../../engines/onnx/int8/plan.js');
  tell(`notice: ${float32Words(planInt8(graph).floats)}`);
}

async function show(rows: readonly BenchRow[], args: BenchArguments): Promise<null> {
  const { benchColumns } = await import('../../report/results/bench-columns.js');
  await printResult((format, style) => renderRows(format, rows, benchColumns, rows, style), args);
  return null;
}

/** Shows how each cell grows with threads. */
async function showScaling(rows: readonly BenchRow[], args: BenchArguments): Promise<void> {
  const { scalingRows } = await import('../../tasks/bench/scaling.js');
  const { renderScaling } = await import('../../report/results/scaling.js');
  const starts = rows.flatMap(({ threads }, i) => (threads === 1 || i === 0 ? [i] : []));
  const cells = await Promise.all(
    starts.map(async (from, i) => {
      const cell = rows.slice(from, starts[i + 1]);
      return scalingRows(cell, await modelOf(cell[0]!));
    }),
  );
  await printResult((format, style) => renderScaling(cells, format, style), args);
}

/** What the model of threads says of a cell; null where it is not the onnx engine's on the CPU. */
async function modelOf({ model, mode, engine, device, batchSize, microBatches }: BenchRow) {
  if (engine !== 'onnx' || device !== 'cpu') return null;
  const { loadModel } = await import('../../models/zoo.js');
  const { buildGraph } = await import('../../models/build.js');
  const { threadModel } = await import('../../engines/onnx/index.js');
  return threadModel({ graph: buildGraph(loadModel(model)), mode, batchSize, microBatches });
}

/** Shows ratios to an earlier record. Returns what got worse, as a sentence, or null. */
async function showAgainst(
  now: BenchRecord,
  before: BenchRecord,
  args: BenchArguments,
): Promise<string | null> {
  const { compareRows, difference, RULE } = await import('../../tasks/bench/against.js');
  const { againstColumns } = await import('../../report/results/bench-columns.js');
  const rows = compareRows(now.results, before);
  await printResult((format, style) => renderRows(format, rows, againstColumns, rows, style), args);
  const caution = difference(now, before);
  if (caution !== null) insist(`warning: ${caution}`);
  const worse = rows.flatMap(({ model, mode, against }) =>
    against?.verdict === 'slower' || against?.verdict === 'more memory'
      ? [`${model} ${mode} (${against.verdict})`]
      : [],
  );
  return worse.length === 0 ? null : `Worse than in ${args.against}: ${worse.join(', ')}. ${RULE}`;
}
