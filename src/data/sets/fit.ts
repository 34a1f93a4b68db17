import { UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import type { DatasetRequest } from './dataset.js';

/** The form of a data set, loaded or not. */
interface Form {
  readonly name: string;
  /** [H, W, C] */
  readonly shape: readonly [number, number, number];
  readonly classes: readonly string[];
}

/** @throws UsageError where the data's images or classes are not those that the model was built for. */
export function checkFit(
  data: Form,
  model: Pick<DatasetRequest, 'shape' | 'classes' | 'anyForm' | 'trainedClasses'>,
): void {
  if (model.anyForm) return;
  const [shape, wanted] = [data.shape.join('x'), model.shape.join('x')];
  const classes = data.classes.length;
  const trained = model.trainedClasses?.map((name) => name.normalize('NFC')) ?? [];
  const areTrained = classes > 0 && data.classes.every((name) => trained.includes(name.normalize('NFC')));
  if (shape === wanted && (classes === model.classes || areTrained)) return;
  const ways = [
    ...(shape === wanted ? [] : [setting('input', shape)]),
    ...(classes === model.classes || areTrained ? [] : [setting('classes', classes)]),
  ];
  throw new UsageError(
    `The data set ${data.name} has images of ${shape} in ${classes} classes, but the model expects ${wanted} in ` +
      `${model.classes}; build the model for them with ${ways.join(' ')}, or name other data with ${setting('dataset')}.`,
  );
}
