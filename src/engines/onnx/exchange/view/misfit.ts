import { WorkError } from '../../../../base/errors.js';
import { commandLine, setting } from '../../../../base/text/settings.js';

/** Weights of another network than the one that they are wanted for. */
export class MisfitError extends WorkError {
  /**
   * @param path of their file
   * @param why the rest of a sentence on the file
   * @param way how the message goes on: what makes them usable; where absent, what tells the models that take them
   */
  constructor(
    path: string,
    readonly why: string,
    way = `. ${commandLine('weights', { words: [path] })} says which models take it.`,
  ) {
    super(`${path} does not fit: ${why}${way}`);
  }
}

/** Weights of a network that differs in nothing but its number of classes. */
export class OtherClassesError extends MisfitError {
  /** @param classes of the file */
  constructor(
    path: string,
    why: string,
    readonly classes: number,
  ) {
    super(
      path,
      why,
      `; for its ${classes} classes give a config of its own with \`classes: ${classes}\`, such as the config.yaml of the run that it comes from; to train it for others, ${setting('newHead')} draws this layer anew.`,
    );
  }
}
