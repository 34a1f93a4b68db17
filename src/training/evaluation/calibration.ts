import { UsageError } from '../../base/errors.js';
import { permutation, randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { Dataset } from '../../data/sets/dataset.js';
import type { Network } from './network.js';
import { imagesOf } from './training-data.js';

/** Training images, at most, that int8 is calibrated with. */
const MOST_IMAGES = 300;

/** Images that show which values a network computes with. */
export interface Calibration {
  readonly count: number;
  /** Bytes [count, H, W, C]. */
  readonly images: Uint8Array;
}

/**
 * Up to 300 of the images that a network was trained on, drawn by the seed of its config: the same ones each time.
 * @param name of the run or model, for messages
 * @throws UsageError where the data set has no training images; WorkError where one cannot be read
 */
export async function calibrationImages(
  dataset: Dataset,
  name: string,
  network: Network,
): Promise<Calibration> {
  if (dataset.train.count === 0) {
    throw new UsageError(
      `${dataset.name} from ${dataset.origin} has no training images, which int8 is calibrated with: leave ${setting('dtype', 'int8')} out.`,
    );
  }
  const split = imagesOf(dataset, name, network, 'train');
  const { seed } = network.spec.config.training;
  const drawn = permutation(split.count, randomStream(seed, 'calibration')).subarray(0, MOST_IMAGES);
  const images = new Uint8Array(drawn.length * sizeOf(dataset.shape));
  await split.read(drawn, images);
  return { count: drawn.length, images };
}
