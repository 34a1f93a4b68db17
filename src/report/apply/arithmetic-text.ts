import { isWithin } from '../../models/lowering/arithmetic.js';
import type { ValueArithmetic } from '../../tasks/apply/at.js';
import type { TableStyle } from '../table.js';
import { INDENT, indented, words } from './lines.js';

/** How one value comes about. @param input the shape of what the layer reads */
export function arithmeticSection(
  { layer, place, terms, text }: ValueArithmetic,
  input: readonly number[],
  { theme, width }: TableStyle,
): string[] {
  const title = theme.paint('strong', `${layer} at ${place.join(',')}`);
  const inputs = terms.flatMap((term) => (term.place === null ? [] : [term.place]));
  const outside = inputs.filter((one) => one.length === input.length && !isWithin(input, one)).length;
  const padding = outside > 0 ? [`${outside} of the ${inputs.length} inputs are zeros of the padding`] : [];
  return [title, ...indented([...words(text, width - INDENT.length), ...padding])];
}
