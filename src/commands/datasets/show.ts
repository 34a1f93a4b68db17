import { UsageError } from '../../base/errors.js';
import { counted, formatInteger } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import {
  contactSheet,
  type Dataset,
  type DatasetDescription,
  describeDataset,
  knownDatasets,
  loadDataset,
  oneOfEach,
  prepareAugmentation,
  readImages,
  shownImageName,
  variations,
} from '../../data/index.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { outputStyle, print } from '../../report/output.js';
import { colorLevel } from '../../terminal/color.js';
import { hasUnicode } from '../../terminal/terminal.js';
import type { PictureStyle } from '../../terminal/terminal-picture.js';
import { wrapText } from '../../terminal/text.js';
import type { DatasetsArguments } from './arguments.js';
import { type Captioned, fittingColumns, sheetText } from './sheet-text.js';
import { dataWork } from './work.js';

/** Of pictures and of what is drawn in any size, where no model says otherwise. */
const ANY_SIZE = [96, 96, 3] as const;
/** Variations of an image in a PNG file. */
const EPOCHS = 9;
const MOST_IN_FILE = 100;
const MOST_IN_TERMINAL = 20;

/** What is shown: rows of images, each with its caption. */
interface Sheet {
  readonly rows: readonly (readonly Captioned[])[];
  readonly shown: readonly { readonly index: number; readonly image: string; readonly label: string }[];
}

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
  if (args.format === 'table') print(text(dataset, description, sheet, args, model), args);
  else print(await facts(dataset, description, sheet, args), args);
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

/** A folder for evaluation alone has no training images to show. */
function shownSplit({ train }: Dataset, { split }: DatasetsArguments): 'train' | 'test' {
  return split ?? (train.count > 0 ? 'train' : 'test');
}

async function sheetOf(
  dataset: Dataset,
  args: DatasetsArguments,
  model: ModelSpec | undefined,
  wanted: readonly number[] | undefined,
): Promise<Sheet> {
  const part = shownSplit(dataset, args);
  const split = dataset[part];
  const { shape, classes } = dataset;
  const inTerminal = args.out === undefined;
  const columns = inTerminal ? fittingColumns(width(), pictureStyle(args), shape) : EPOCHS + 1;
  const standard = args.augment
    ? Math.min(classes.length, inTerminal ? 4 : 10)
    : Math.min(split.count, inTerminal ? MOST_IN_TERMINAL : MOST_IN_FILE);
  const beyond = wanted?.find((index) => index >= split.count);
  if (beyond !== undefined)
    throw new UsageError(
      `${dataset.name} has ${formatInteger(split.count)} ${part} images, 0 to ${split.count - 1}: --index ${beyond} is none.`,
    );
  const indices = wanted ?? oneOfEach(split, classes.length, args.images ?? standard);
  const shown = indices.map((index) => ({
    index,
    image: split.nameOf!(index),
    label: classes[split.labels[index]!]!,
  }));
  if (args.augment && model !== undefined) {
    const { augmentation, seed } = model.config.training;
    const augment = (await prepareAugmentation(augmentation, split, { shape, seed }))!;
    const rows = await variations(split, indices, augment, { shape, epochs: Math.max(1, columns - 1) });
    const captioned = rows.map((row, i) =>
      row.map((image, epoch) => ({ image, caption: epoch === 0 ? shown[i]!.label : `epoch ${epoch}` })),
    );
    return { rows: captioned, shown };
  }
  const images = await readImages(split, indices, { shape });
  const captioned = images.map((image, i) => ({ image, caption: shown[i]!.label }));
  return { rows: inTerminal ? chunks(captioned, columns) : byClass(captioned), shown };
}

/** A row a class, where there is more than one image of any. */
function byClass(images: readonly Captioned[]): Captioned[][] {
  const labels = [...new Set(images.map(({ caption }) => caption))];
  if (labels.length === images.length) return chunks(images, EPOCHS + 1);
  return labels.map((label) => images.filter(({ caption }) => caption === label));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

const width = (): number => (process.stdout.isTTY ? process.stdout.columns || 80 : 80);

function pictureStyle({ color }: DatasetsArguments): PictureStyle {
  const { stdout, env } = process;
  return { level: colorLevel(stdout, { env, flag: color }), unicode: hasUnicode(env) };
}

async function save(out: string, { rows }: Sheet, { shape }: Dataset): Promise<void> {
  const images = rows.map((row) => row.map(({ image }) => image));
  const { writeBytes, writeWhole } = await import('../../base/files/files.js');
  const png = await contactSheet(images, { shape });
  await writeWhole(out, { what: 'the sheet' }, (handle) => writeBytes(handle, png));
}

function text(
  dataset: Dataset,
  { classes, mean, std, sample }: DatasetDescription,
  { rows, shown }: Sheet,
  args: DatasetsArguments,
  model: ModelSpec | undefined,
): string {
  const { name, shape, origin, train, test } = dataset;
  const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(', ');
  const lines = [
    `${name}: ${formatInteger(train.count)} training and ${formatInteger(test.count)} test images of ` +
      `${shape.join('x')} in ${counted(classes.length, 'class', 'classes')}, ${range(classes.map((c) => c.train))} training images each`,
    `from ${origin}`,
    `pixels in [0, 1], over ${formatInteger(sample)} training images: mean ${figures(mean)}, standard deviation ${figures(std)}`,
  ];
  if (args.index !== undefined)
    lines.push(...shown.map(({ image, label }) => `${shownImageName(image)}: ${label}`));
  if (args.augment && model !== undefined) lines.push(`varied as ${model.name} does in training`);
  if (args.out !== undefined) {
    const labels = args.augment ? shown.map(({ label }) => label) : rows.map((row) => row[0]!.caption);
    lines.push(`wrote ${args.out}, its rows from top to bottom: ${labels.join(', ')}`);
  }
  const head = lines.flatMap((line) => (process.stdout.isTTY ? wrapText(line, width()) : [visible(line)]));
  const sheet = args.out === undefined ? ['', ...sheetText(rows, shape, pictureStyle(args))] : [];
  return `${[...head, ...sheet].join('\n')}\n`;
}

function range(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? formatInteger(least) : `${formatInteger(least)} to ${formatInteger(most)}`;
}

/** For programs: what is in the data set, and which images were shown. */
async function facts(
  dataset: Dataset,
  { classes, mean, std, sample }: DatasetDescription,
  { shown }: Sheet,
  args: DatasetsArguments,
): Promise<string> {
  const { renderRows } = await import('../../report/render.js');
  const { name, origin, identity, shape, train, test } = dataset;
  const columns = [
    { key: 'label', header: 'Class', priority: 0, value: (row: (typeof classes)[number]) => row.label },
    { key: 'train', header: 'Training', priority: 1, value: (row: (typeof classes)[number]) => row.train },
    { key: 'test', header: 'Test', priority: 2, value: (row: (typeof classes)[number]) => row.test },
  ];
  const json = {
    name,
    origin,
    identity,
    shape,
    trainImages: train.count,
    testImages: test.count,
    classes,
    pixels: { mean, std, images: sample },
    split: shownSplit(dataset, args),
    shown,
    out: args.out ?? null,
  };
  return renderRows(args.format, classes, columns, json, outputStyle(args));
}
