import { UsageError, WorkError } from '../../base/errors.js';
import { isThere } from '../../base/files/folders.js';
import { requireThreads } from '../../base/machine/cores.js';
import { sizeOf } from '../../base/tensor.js';
import type { DataNotice, Split } from '../../data/sets/dataset.js';
import type { InferenceProgram } from '../../engines/engine.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import { startEngine } from '../../engines/host/index.js';
import type { Graph } from '../../models/graph/graph.js';
import { evaluationImages } from '../../training/evaluation/evaluate-run.js';
import { predict } from '../../training/evaluation/evaluation.js';
import { openLearnedNetwork } from '../../training/evaluation/network.js';
import type { SplitName } from '../../training/evaluation/splits.js';
import { type ChangeName, changeOf } from './changes.js';

/** What `robustness` was asked for. */
export interface RobustnessRequest {
  /** The amounts of each change, in the order in which they are to be shown. */
  readonly changes: ReadonlyMap<ChangeName, readonly number[]>;
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly split: SplitName;
  /** Of the split the first so many images, at most. */
  readonly limit?: number;
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
}

/** What a run makes of images that were changed by some amount. */
export interface RobustnessRow {
  readonly change: ChangeName;
  readonly amount: number;
  readonly accuracy: number;
  /** The share of images that are taken for the same as when nothing is changed. */
  readonly unchanged: number;
}

export interface RunRobustness {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly split: SplitName;
  readonly images: number;
  readonly rows: readonly RobustnessRow[];
}

export interface Robustness {
  readonly runs: readonly RunRobustness[];
  /** What is wrong with runs that have no rows, a sentence each. */
  readonly problems: readonly string[];
}

/**
 * How accurate runs stay while their images change. One bad run does not hide the others.
 * @throws UsageError for a run that is not there; WorkError where no run could be looked at
 */
export async function measureRobustness(
  dirs: readonly string[],
  request: RobustnessRequest,
  notify: (notice: DataNotice) => void,
): Promise<Robustness> {
  const runs: RunRobustness[] = [];
  const problems: string[] = [];
  for (const dir of dirs) {
    try {
      runs.push(await runRobustness(dir, request, notify));
    } catch (error) {
      if (!(error instanceof WorkError) || dirs.length === 1) throw error;
      if (error instanceof UsageError && !isThere(dir)) throw error;
      problems.push(
        ...error.sentences.map((sentence) => (sentence.includes(dir) ? sentence : `${dir}: ${sentence}`)),
      );
    }
  }
  if (runs.length === 0) throw new WorkError(problems);
  return { runs, problems };
}

async function runRobustness(
  dir: string,
  request: RobustnessRequest,
  notify: (notice: DataNotice) => void,
): Promise<RunRobustness> {
  const network = await openLearnedNetwork(dir, undefined, notify);
  const { graph, weights, spec } = network;
  const { dataset, split } = await evaluationImages(network, { ...request, run: dir }, notify);
  const { engine: name, device, threads } = request;
  requireThreads(threads);
  const batchSize = Math.min(spec.config.training.batchSize, split.count);
  const work = { graph, mode: 'infer', batchSize } as const;
  const engine = await startEngine({ engine: name, device, threads, work });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize });
    await program.load(weights);
    const rows = await rowsOf(program, graph, split, request, notify);
    return {
      run: dir,
      model: network.name,
      dataset: dataset.name,
      split: request.split,
      images: split.count,
      rows,
    };
  } finally {
    await engine.dispose();
  }
}

async function rowsOf(
  program: InferenceProgram,
  graph: Graph,
  split: Split,
  { changes }: RobustnessRequest,
  notify: (notice: DataNotice) => void,
): Promise<RobustnessRow[]> {
  const asTheyAre = await answersTo(program, graph, split, 'Evaluating', notify);
  const rows: RobustnessRow[] = [];
  for (const [change, amounts] of changes) {
    for (const amount of amounts) {
      const isNeutral = amount === changeOf(change).neutral;
      const images = changedSplit(split, graph.input, change, amount);
      const answers = isNeutral
        ? asTheyAre
        : await answersTo(program, graph, images, `Evaluating, ${change} ${amount}`, notify);
      rows.push({
        change,
        amount,
        accuracy: shareOf(answers, split.labels),
        unchanged: shareOf(answers, asTheyAre),
      });
    }
  }
  return rows;
}

/** The images of a split, each changed when it is read. */
export function changedSplit(split: Split, shape: Graph['input'], change: ChangeName, amount: number): Split {
  const { distort } = changeOf(change);
  const size = sizeOf(shape);
  return {
    count: split.count,
    labels: split.labels,
    async read(indices, out) {
      await split.read(indices, out);
      indices.forEach((index, i) => {
        distort(out.subarray(i * size, (i + 1) * size), shape, amount, index);
      });
    },
  };
}

/** The class that each image is taken for. */
async function answersTo(
  program: InferenceProgram,
  graph: Graph,
  split: Split,
  task: string,
  notify: (notice: DataNotice) => void,
): Promise<ArrayLike<number>> {
  let answers: ArrayLike<number> = [];
  for await (const { predicted, done } of predict(program, graph, split)) {
    answers = predicted;
    notify({ kind: 'progress', task, done, total: split.count, unit: 'images' });
  }
  return answers;
}

/** How many of some answers are the wanted ones. */
function shareOf(answers: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < answers.length; i++) if (answers[i] === wanted[i]) same++;
  return same / answers.length;
}
