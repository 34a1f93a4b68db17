import { opaqueRaster } from '../../../base/raster.js';
import {
  describeDataset,
  knownDatasets,
  loadDataset,
  oneOfEach,
  prepareAugmentation,
  readImages,
  variations,
} from '../../../data/index.js';
import { loadModel, modelNames } from '../../../models/zoo.js';
import { describeAugmentation } from '../../../recipe/augmentation.js';
import type { DatasetSheet } from '../state/data-state.js';

/** Of pictures and of what is drawn in any size. */
const ANY_SIZE = [64, 64, 3] as const;
const MOST_IMAGES = 40;
/** Images that are varied, and how often each. */
const VARIED = 6;
const EPOCHS = 5;

/** Images of a data set that show all classes in turn, or some as a model of the zoo sees them in training. */
export async function sheetOf(name: string, isAugmented: boolean): Promise<DatasetSheet> {
  const known = knownDatasets().find((one) => one.name === name);
  const shape = known === undefined || known.anySize ? ANY_SIZE : known.shape;
  const dataset = await loadDataset({
    name,
    explicit: true,
    anyForm: true,
    dataDir: undefined,
    shape,
    classes: known?.classes.length ?? 1,
    notify: () => {},
  });
  const split = dataset.train.count > 0 ? dataset.train : dataset.test;
  const { classes, mean, std } = await describeDataset(dataset);
  const figures = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(', ');
  const lines = [`pixels in [0, 1]: mean ${figures(mean)}, standard deviation ${figures(std)}`];
  const [height, width] = dataset.shape;
  const tile = (image: Uint8Array, caption: string) => ({
    raster: opaqueRaster(image, width, height),
    caption,
  });
  if (!isAugmented) {
    const indices = oneOfEach(split, dataset.classes.length, MOST_IMAGES);
    const images = await readImages(split, indices, { shape: dataset.shape });
    const labels = indices.map((index) => dataset.classes[split.labels[index]!]!);
    return { lines, classes, tiles: images.map((image, i) => tile(image, labels[i]!)) };
  }
  const spec = modelNames()
    .map((model) => loadModel(model))
    .find(
      (one) =>
        one.config.dataset === name && describeAugmentation(one.config.training.augmentation) !== 'none',
    );
  if (spec === undefined)
    return { lines: [...lines, `no model of the zoo varies ${name} in training`], classes, tiles: [] };
  const indices = oneOfEach(split, dataset.classes.length, VARIED);
  const { augmentation, seed } = spec.config.training;
  const augment = (await prepareAugmentation(augmentation, split, { shape: dataset.shape, seed }))!;
  const rows = await variations(split, indices, augment, { shape: dataset.shape, epochs: EPOCHS });
  const captions = (row: number, epoch: number) =>
    epoch === 0 ? dataset.classes[split.labels[indices[row]!]!]! : `epoch ${epoch}`;
  return {
    lines: [...lines, `varied as ${spec.name} does: ${describeAugmentation(augmentation)}`],
    classes,
    tiles: rows.flatMap((row, i) => row.map((image, epoch) => tile(image, captions(i, epoch)))),
  };
}
