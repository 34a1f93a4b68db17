import { WorkError } from '../../base/errors.js';

/** Data that is sound, but of a form that is not read here: no damage, and no reason to delete it. */
export class UnreadForm extends WorkError {
  override readonly name = 'UnreadForm';
}
