import { messageOf } from '../../../base/errors.js';
import type { AnyCommand } from '../../../cli/command.js';
import type { ModelDetail, TrainingChoices, ZooRow } from '../state/zoo-state.js';

/** A row with its figures, or with what is wrong with its config. */
export async function withFigures(row: ZooRow): Promise<ZooRow> {
  const { listRows } = await import('../../../models/listing.js');
  try {
    return { ...row, figures: listRows([row.model])[0]!, problem: null };
  } catch (error) {
    return { ...row, problem: messageOf(error) };
  }
}

/** A model from near. @throws UsageError where its config is wrong */
export async function modelDetail(model: string): Promise<ModelDetail> {
  const [{ buildGraph }, { summarise }, { loadModel }, { architectureOf }] = await Promise.all([
    import('../../../models/build.js'),
    import('../../../models/summary.js'),
    import('../../../models/zoo.js'),
    import('../../../tasks/visualize/networks/architecture.js'),
  ]);
  const spec = loadModel(model);
  const graph = buildGraph(spec, { anyHead: true });
  const { config } = spec;
  const { epochs, batchSize, optimizer, seed } = config.training;
  return {
    summary: summarise(graph, { spec, explain: true }),
    architecture: architectureOf(graph),
    description: config.description ?? '',
    source: config.source ?? '',
    training: {
      dataset: config.dataset ?? null,
      standIn: config.standIn ?? null,
      epochs,
      batchSize,
      optimizer: optimizer?.name ?? null,
      learningRate: optimizer?.learningRate ?? null,
      seed,
    },
  };
}

/**
 * What fields of a form go through, and what they are for.
 * @param here data sets that are on this machine, where that is known
 */
export async function trainingChoices(
  here: readonly string[] | null,
  { options }: Pick<AnyCommand, 'options'>,
): Promise<TrainingChoices> {
  const [{ knownDatasets }, { OPTIMIZERS, optimizerSchema }] = await Promise.all([
    import('../../../data/load.js'),
    import('../../../recipe/optimizers/index.js'),
  ]);
  const names = knownDatasets().map(({ name }) => name);
  const isHere = (name: string) => Number(here?.includes(name) ?? false);
  const rates = Object.keys(OPTIMIZERS).map((name) => [name, optimizerSchema.parse({ name }).learningRate]);
  return {
    datasets: names.toSorted((a, b) => isHere(b) - isHere(a)),
    optimizers: Object.fromEntries(rates),
    help: Object.fromEntries(Object.entries(options).map(([key, { describe }]) => [key, describe])),
  };
}
