import { UsageError } from '../../base/errors.js';
import { DATA_DIR, IMAGE_ROOM } from '../../cli/common.js';
import { flagOf } from '../../cli/names.js';
import type { GlobalOptions, Options, OptionValues } from '../../cli/options.js';
import { DATASET, SWITCH } from '../../cli/values.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import type { TrainableSpec } from '../../models/trainable.js';
import { printResult } from '../../report/output.js';
import { renderRows } from '../../report/render.js';
import type { DataBenchResult } from '../../tasks/bench/with-data.js';

/** The options of `bench --with-data`. */
export const OF_DATA = {
  withData: {
    takes: SWITCH,
    describe: 'Whether training waits for its images: their pace, that of steps, and both at once',
  },
  dataset: { takes: DATASET, describe: 'Of --with-data: other images than the config names' },
  dataDir: DATA_DIR,
  ...IMAGE_ROOM,
} as const satisfies Options;

type DataBenchArguments = OptionValues<typeof OF_DATA> &
  GlobalOptions & {
    readonly models: readonly string[];
    readonly batchSize?: number;
    readonly microBatches?: number;
    readonly seconds: number;
    readonly engine: EngineChoice;
    readonly device: string;
    readonly threads?: number;
  };

/** Flags that measure something else. */
const OTHERS = ['suite', 'scaling', 'explain', 'mode', 'dtype', 'steps', 'rounds', 'out', 'against'] as const;

/** @throws UsageError for options that do not go together */
export function requireDataSense(args: Readonly<Record<string, unknown>>): void {
  const stray = Object.keys(OF_DATA).find((key) => key !== 'withData' && args[key] !== undefined);
  if (!args.withData) {
    if (stray !== undefined && stray !== 'dataDir')
      throw new UsageError(
        `${flagOf(stray)} goes with --with-data: without it bench measures on random images.`,
      );
    return;
  }
  const other = OTHERS.find((key) => args[key] !== undefined && args[key] !== false);
  if (other !== undefined) throw new UsageError(`--with-data and ${flagOf(other)} do not go together.`);
}

/** Measures whether training waits for its images, of one model after another. */
export async function benchWithData(args: DataBenchArguments): Promise<number> {
  const { dataBenchColumns } = await import('../../report/results/data-bench-columns.js');
  const rows: DataBenchResult[] = [];
  for (const model of args.models) rows.push(await measureModel(model, args));
  await printResult((format, style) => renderRows(format, rows, dataBenchColumns, rows, style), args);
  return 0;
}

async function measureModel(model: string, args: DataBenchArguments): Promise<DataBenchResult> {
  const { buildGraph } = await import('../../models/build.js');
  const { startEngine } = await import('../../engines/host/index.js');
  const { measureWithData } = await import('../../tasks/bench/with-data.js');
  const { spec, dataset, loadSeconds } = await loadData(model, args);
  const { batchSize, microBatches } = args;
  const training = {
    ...spec.config.training,
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(microBatches === undefined ? {} : { microBatches }),
  };
  const engine = await startEngine({ engine: args.engine, device: args.device, threads: args.threads });
  try {
    return await measureWithData(engine, buildGraph(spec), {
      dataset: dataset.name,
      train: dataset.train,
      training,
      loadSeconds,
      seconds: args.seconds,
    });
  } finally {
    await engine.dispose();
  }
}

/** Loads the images, and the model as it is for them: a folder has classes of its own. */
async function loadData(model: string, args: DataBenchArguments) {
  const { loadModel } = await import('../../models/zoo.js');
  const { buildGraph } = await import('../../models/build.js');
  const { trainable } = await import('../../models/trainable.js');
  const { loadDataset } = await import('../../data/index.js');
  const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
  const own = loadModel(model);
  const graph = buildGraph(own);
  const { config } = trainable(own, graph);
  const notices = dataNoticesInLines();
  const begin = performance.now();
  const dataset = await loadDataset({
    name: args.dataset ?? config.dataset,
    standIn: config.standIn,
    explicit: args.dataset !== undefined,
    dataDir: args.dataDir,
    memoryBytes: args.imageMemory,
    batchSize: args.batchSize ?? config.training.batchSize,
    cacheBytes: args.imageCache,
    shape: graph.input,
    resize: graph.pixels.resize,
    classes: graph.classes,
    anyForm: true,
    notify: notices.notify,
  }).finally(notices.finish);
  const loadSeconds = (performance.now() - begin) / 1000;
  const { shape, classes } = dataset;
  const origin = `--dataset ${dataset.name}`;
  const changes = [
    ...(shape.join() === graph.input.join() ? [] : [{ path: ['input'], value: [...shape], origin }]),
    ...(classes.length === graph.classes ? [] : [{ path: ['classes'], value: classes.length, origin }]),
  ];
  const spec: TrainableSpec =
    changes.length === 0
      ? trainable(own, graph)
      : trainable(loadModel(model, changes), { classes: classes.length });
  return { spec, dataset, loadSeconds };
}
