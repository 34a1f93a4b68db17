import { describeAugmentation } from '../recipe/augmentation.js';
import type { RunInfo } from './run-info.js';
import type { Run } from './run-reader.js';

/** How much better a network does on the images that it was trained on than on those of the test. */
export interface Gap {
  /** Shares: 0.99 is 99 %. */
  readonly trainingAccuracy: number;
  readonly testAccuracy: number;
  /** `trainingAccuracy - testAccuracy`: what grows where a network learns its training images by heart. */
  readonly gap: number;
  /**
   * Whether the training accuracy is the mean over an epoch of training, while the weights changed, or that of the weights
   * as they are, looked at as test images are.
   */
  readonly measured: 'running' | 'evaluated';
  /** Whose weights were tested; null of those between two epochs. */
  readonly epoch: number | null;
  /** Whether dropout was at work as the training accuracy was measured: that makes it lower. */
  readonly dropout: boolean;
  /** Whether the training images were varied at random as it was measured: that makes it lower, too. */
  readonly augmentation: boolean;
  /** Epoch by epoch, where the test images were looked at after each of them: running training accuracies. */
  readonly byEpoch: readonly {
    readonly epoch: number;
    readonly trainingAccuracy: number;
    readonly testAccuracy: number;
    readonly gap: number;
  }[];
}

/**
 * The gap of a run's weights by the training accuracy of their epoch, as it was counted in training.
 * @param testAccuracy of these weights
 * @returns null where the weights lie between two epochs, so that no training accuracy is theirs
 */
export function runningGap({ info, spec }: Run, testAccuracy: number): Gap | null {
  const epoch = epochOfWeights(info);
  const record = info.history.find((one) => one.epoch === epoch);
  if (record === undefined) return null;
  return {
    trainingAccuracy: record.accuracy,
    testAccuracy,
    gap: record.accuracy - testAccuracy,
    measured: 'running',
    epoch: record.epoch,
    dropout: spec.layers.some(({ kind, params }) => kind === 'dropout' && Number(params.rate) > 0),
    augmentation: describeAugmentation(spec.config.training.augmentation) !== 'none',
    byEpoch: gapsByEpoch(info),
  };
}

/** The gap of a run's weights where its training images were evaluated with them, and its test images were before. */
export function evaluatedGap({ info }: Run, trainingAccuracy: number, testAccuracy: number): Gap {
  return {
    trainingAccuracy,
    testAccuracy,
    gap: trainingAccuracy - testAccuracy,
    measured: 'evaluated',
    epoch: epochOfWeights(info),
    dropout: false,
    augmentation: false,
    byEpoch: gapsByEpoch(info),
  };
}

/** After which epoch the weights were as the run has them; null in the middle of one. */
function epochOfWeights({ weights, bestEpoch, epoch, step }: RunInfo): number | null {
  if (weights === 'best') return bestEpoch;
  return step > 0 ? null : epoch;
}

function gapsByEpoch({ history }: RunInfo): Gap['byEpoch'] {
  return history.flatMap(({ epoch, accuracy, testAccuracy }) =>
    testAccuracy === null
      ? []
      : [{ epoch, trainingAccuracy: accuracy, testAccuracy, gap: accuracy - testAccuracy }],
  );
}
