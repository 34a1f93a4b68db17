import { formatPercent } from '../../base/text/format.js';
import type { Gap } from '../../runs/gap.js';

/** Of more epochs than these the last are told. */
const MOST_EPOCHS = 20;

/** `+0.66`: by how many points two accuracies in percent differ. */
export function formatPoints(difference: number): string {
  const text = (100 * difference).toFixed(2);
  if (Number(text) === 0) return '0.00';
  return difference > 0 ? `+${text}` : text;
}

/** How large a gap is and how it was measured, a sentence or two. */
export function gapSentences(gap: Gap): string[] {
  const points = `${formatPoints(gap.gap)} points`;
  const size =
    gap.measured === 'evaluated'
      ? `${points}: this less the ${formatPercent(gap.testAccuracy)} of the run's test; the training images were evaluated as test images are`
      : `${points}: ${formatPercent(gap.trainingAccuracy)} in training less this; ${senseOf(gap)}`;
  return [size, ...epochSentences(gap)];
}

/** In which sense a training accuracy is one: "the running mean of epoch 5, with dropout and on varied images". */
function senseOf({ epoch, dropout, augmentation }: Gap): string {
  const aids = [...(dropout ? ['with dropout'] : []), ...(augmentation ? ['on varied images'] : [])];
  const mean = `the training accuracy is the running mean of epoch ${epoch}`;
  return aids.length === 0 ? mean : `${mean}, ${aids.join(' and ')}`;
}

function epochSentences({ byEpoch }: Gap): string[] {
  if (byEpoch.length < 2) return [];
  const shown = byEpoch.slice(-MOST_EPOCHS);
  const from = shown.length < byEpoch.length ? `, from epoch ${shown[0]!.epoch} on` : '';
  return [`by epoch${from}: ${shown.map(({ gap }) => formatPoints(gap)).join(', ')}`];
}
