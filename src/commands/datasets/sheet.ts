import { UsageError } from '../../base/errors.js';
import { formatInteger } from '../../base/text/format.js';
import { type Dataset, oneOfEach, prepareAugmentation, readImages, variations } from '../../data/index.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { pictureStyle, pictureWidth } from '../../report/output.js';
import type { Sheet } from '../../report/results/dataset-sheet.js';
import { type Captioned, fittingColumns } from '../../report/results/sheet-text.js';
import type { DatasetsArguments } from './arguments.js';

/** Variations of an image in a PNG file. */
const EPOCHS = 9;
const MOST_IN_FILE = 100;
const MOST_IN_TERMINAL = 20;

/** A folder for evaluation alone has no training images to show. */
function shownSplit({ train }: Dataset, { split }: DatasetsArguments): 'train' | 'test' {
  return split ?? (train.count > 0 ? 'train' : 'test');
}

/** The images that are to be shown. @param wanted their numbers, where those were asked for */
export async function sheetOf(
  dataset: Dataset,
  args: DatasetsArguments,
  model: ModelSpec | undefined,
  wanted: readonly number[] | undefined,
): Promise<Sheet> {
  const part = shownSplit(dataset, args);
  const split = dataset[part];
  const { shape, classes } = dataset;
  const inTerminal = args.out === undefined;
  const columns = inTerminal ? fittingColumns(pictureWidth(), pictureStyle(args), shape) : EPOCHS + 1;
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
    return { part, rows: captioned, shown };
  }
  const images = await readImages(split, indices, { shape });
  const captioned = images.map((image, i) => ({ image, caption: shown[i]!.label }));
  return { part, rows: inTerminal ? chunks(captioned, columns) : byClass(captioned), shown };
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
