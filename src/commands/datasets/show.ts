import { UsageError } from '../../base/errors.js';
import { contactSheet, type Dataset, describeDataset, knownDatasets, loadDataset } from '../../data/index.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { printResult } from '../../report/output.js';
import { datasetFacts, datasetText, type Sheet } from '../../report/results/dataset-sheet.js';
import type { DatasetsArguments } from './arguments.js';
import { sheetOf } from './sheet.js';
import { dataWork } from './work.js';

/** Of pictures and of what is drawn in any size, where no model says otherwise. */
const ANY_SIZE = [96, 96, 3] as const;

export async function showDataset(args: DatasetsArguments): Promise<number> {
  const [name] = args.names;
  const { out } = args;
  const indices = readIndices(args);
  if (out !== undefined && !/\.png$/i.test(out))
    throw new UsageError(`--out writes a PNG file, so its name must end in .png, got "${out}".`);
  const model = await modelOf(name!, args);
  const done = await dataWork(async (hooks) => {
    const dataset = await load(name!, args, model, hooks);
    return {
      dataset,
      description: await describeDataset(dataset),
      sheet: await sheetOf(dataset, args, model, indices),
    };
  });
  if ('exitCode' in done) return done.exitCode;
  const { dataset, description, sheet } = done.result;
  if (out !== undefined) await save(out, sheet, dataset);
  await printResult(
    (format) =>
      format === 'table'
        ? datasetText(dataset, description, sheet, args, model?.name)
        : datasetFacts(dataset, description, sheet, { ...args, format }),
    args,
  );
  return 0;
}

/** The images that --index asks for. @throws UsageError where --images asks for others */
function readIndices({ index, images }: DatasetsArguments): number[] | undefined {
  if (index === undefined) return undefined;
  if (images !== undefined)
    throw new UsageError('--images says how many to show and --index which: give one of them.');
  return index.flat();
}

/** The model that was named; for its augmentation, else the first of the zoo that is trained on this data with one. */
async function modelOf(
  name: string,
  { augment, model, set }: DatasetsArguments,
): Promise<ModelSpec | undefined> {
  if (model === undefined && set !== undefined)
    throw new UsageError('--set changes a setting of a model: name it with --model.');
  if (model === undefined && !augment) return undefined;
  const { loadModel, modelNames } = await import('../../models/zoo.js');
  const { describeAugmentation } = await import('../../recipe/augmentation.js');
  const { specWithSettings } = await import('../../training/settings/settings.js');
  const isVaried = ({ config }: ModelSpec) => describeAugmentation(config.training.augmentation) !== 'none';
  if (model === undefined) {
    const specs = modelNames().map((one) => loadModel(one));
    const spec = specs.find((one) => one.config.dataset === name && isVaried(one));
    if (spec !== undefined) return spec;
    throw new UsageError(
      `No model of the zoo is trained on ${name} with augmentation: name one with --model, for example --model alexnet.`,
    );
  }
  const spec = specWithSettings((overrides) => loadModel(model, overrides), { set });
  if (augment && !isVaried(spec))
    throw new UsageError(
      `${spec.name} trains on images as they are: add for example --set training.augmentation.shift=2.`,
    );
  return spec;
}

async function load(
  name: string,
  { dataDir, input }: DatasetsArguments,
  model: ModelSpec | undefined,
  hooks: Pick<Parameters<typeof loadDataset>[0], 'notify' | 'signal'>,
): Promise<Dataset> {
  const known = knownDatasets().find((one) => one.name === name);
  if (input !== undefined && known !== undefined && !known.anySize)
    throw new UsageError(`The images of ${name} are ${known.shape.join('x')}: leave out --input.`);
  const wanted = input ?? model?.config.input;
  const shape = known === undefined || known.anySize ? (wanted ?? ANY_SIZE) : known.shape;
  const classes = known?.classes.length ?? 1;
  return loadDataset({ name, explicit: true, anyForm: true, dataDir, shape, classes, ...hooks });
}

async function save(out: string, { rows }: Sheet, { shape }: Dataset): Promise<void> {
  const images = rows.map((row) => row.map(({ image }) => image));
  const { writeBytes, writeWhole } = await import('../../base/files/files.js');
  const png = await contactSheet(images, { shape });
  await writeWhole(out, { what: 'the sheet' }, (handle) => writeBytes(handle, png));
}
