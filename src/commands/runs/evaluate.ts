import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR, IMAGE_ROOM, OTHER_WEIGHTS, STRICT } from '../../cli/common.js';
import { goal } from '../../cli/goal.js';
import { COUNT, choice, DATASET, FILE, RUN } from '../../cli/values.js';
import type { RunEvaluation } from '../../training/evaluation/evaluate-run.js';
import { MINIMUM_METRICS, MINIMUM_METRICS_TEXT } from '../../training/evaluation/minimums.js';
import { SPLITS } from '../../training/evaluation/splits.js';

export const command = defineCommand({
  name: 'evaluate',
  describe: 'How good a trained model is, class by class',
  examples: [
    ['cnnzoo evaluate runs/lenet5-20260801-120000', 'on the test images'],
    ['cnnzoo evaluate runs/lenet5-20260801-120000 --min accuracy=0.98', 'fails below it, for CI'],
    ['cnnzoo evaluate runs/lenet5-20260801-120000 --worst 10', 'with the images it is most wrong about'],
    ['cnnzoo evaluate runs/lenet5-20260801-120000 --html report.html', 'one page to hand in'],
    ['cnnzoo evaluate runs/lenet5-20260801-120000 --dtype int8', 'what int8 makes of it, and how fast'],
    ['cnnzoo evaluate vgg16 --weights vgg16.onnx --dataset pictures', 'weights of another program'],
  ],
  places: {
    run: {
      takes: RUN,
      required: true,
      describe: 'A run folder made by `cnnzoo train`, or with --weights a model',
    },
  },
  options: {
    weights: OTHER_WEIGHTS,
    dataset: {
      ofRun: true,
      takes: DATASET,
      describe: "Other images than the run's: a known name or a folder",
    },
    dataDir: DATA_DIR,
    strict: STRICT,
    ...IMAGE_ROOM,
    split: { takes: choice(SPLITS, 'SPLIT'), default: 'test', describe: 'Which images' },
    ...COMPUTING,
    batchSize: { ofRun: true, takes: COUNT, describe: "Images a step (default: the run's)" },
    min: {
      takes: goal(MINIMUM_METRICS),
      many: true,
      describe: `Exit with 3 below a figure: ${MINIMUM_METRICS_TEXT}`,
    },
    dtype: {
      takes: choice(['float32', 'int8'], 'TYPE'),
      describe: 'What is computed with; int8 is calibrated with training images, and compared [float32]',
    },
    worst: { takes: COUNT, describe: 'List so many images with the highest loss' },
    html: { takes: FILE, writes: true, describe: 'Write a report of the run, with pictures, to this file' },
  },
  async run(args) {
    const { shortfalls } = await import('../../training/evaluation/minimums.js');
    const { evaluateRun } = await import('../../training/evaluation/evaluate-run.js');
    const { worstImages } = await import('../../training/evaluation/evaluation.js');
    const { renderEvaluation } = await import('../../report/results/evaluation.js');
    const { printResult } = await import('../../report/output.js');
    const { ShortfallError } = await import('../../base/errors.js');
    const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
    if (args.html !== undefined) await requireReport(args);
    const progress = dataNoticesInLines();
    const result = await evaluateRun(args, progress.notify).finally(progress.finish);
    const { worst, min = [] } = args;
    if (args.verbose && result.int8) await tellFloats(result.int8.float32Layers);
    const images = worst === undefined ? undefined : worstImages(result.predictions, result.classes, worst);
    await printResult((format, style) => renderEvaluation(result, images, { ...args, format }, style), args);
    if (args.html !== undefined) await writeReport(result, args.html, args.dataDir);
    const short = shortfalls(result.evaluation, min);
    if (short.length > 0) throw new ShortfallError(short);
    return 0;
  },
});

/** @throws UsageError, before any work, where there can be no report */
async function requireReport({
  run,
  weights,
  dataset,
  dtype,
}: {
  readonly run: string;
  readonly weights?: string;
  readonly dataset?: string;
  readonly dtype?: string;
}): Promise<void> {
  const { UsageError } = await import('../../base/errors.js');
  const { requireRun } = await import('../../runs/run-paths.js');
  if (weights !== undefined || dataset !== undefined)
    throw new UsageError('--html tells of a run and its own images: leave out --weights and --dataset.');
  if (dtype === 'int8')
    throw new UsageError('--html tells of what a run has trained, in float32: leave out --dtype int8.');
  requireRun(run);
}

async function tellFloats(layers: readonly string[]): Promise<void> {
  const { tell } = await import('../../ui/lines/tell.js');
  const { float32Words } = await import('../../engines/onnx/int8/plan.js');
  tell(`notice: ${float32Words(layers)}`);
}

async function writeReport(result: RunEvaluation, html: string, dataDir: string | undefined): Promise<void> {
  const { runReport } = await import('../../tasks/report/run-report.js');
  const { writeRunHtml } = await import('../../report/html/file.js');
  const { tell } = await import('../../ui/lines/tell.js');
  await writeRunHtml(await runReport(result, dataDir), html);
  tell(`notice: wrote ${html}`);
}
