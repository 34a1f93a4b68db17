import { WorkError } from '../../../../base/errors.js';
import { setting } from '../../../../base/text/settings.js';

/** The end of a sentence on weights of a network for another number of classes: what to give instead of the model. */
export const forOtherClasses = (classes: number): string =>
  `; for its ${classes} classes give a config of its own with \`classes: ${classes}\`, such as the config.yaml of the run that it comes from; to train it for others, ${setting('newHead')} draws this layer anew`;

/** Weights of a network that differs in nothing but its number of classes. */
export class OtherClassesError extends WorkError {
  /** @param classes of the file */
  constructor(
    message: string,
    readonly classes: number,
  ) {
    super(message);
  }
}
