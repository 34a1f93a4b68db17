import { formatInteger, formatValue } from '../../base/text/format.js';
import type { Unfolded } from '../../tasks/apply/unfold.js';
import type { TableStyle } from '../table.js';
import { INDENT, indented, words } from './lines.js';
import { matrixLines, numberWriter } from './matrix.js';

/** The matrix of im2col, and what becomes of it. */
export function unfoldedSection(unfolded: Unfolded, { theme, width: most }: TableStyle): string[] {
  const width = most - INDENT.length;
  const { layer, matrix, kernel, growth } = unfolded;
  const drawn = ({ shape, data }: Unfolded['matrix']) =>
    matrixLines({ shape, data }, shape as [number, number], 0, 1, { write: numberWriter(data), width });
  const size = `${formatInteger(matrix.data.length)} values, ${formatValue(growth, 3)} times as many as in its input; one row a position of the window`;
  return [
    theme.paint('strong', `${layer} unfolded  (${matrix.shape.join(', ')})`),
    ...indented([
      ...words(size, width),
      ...drawn(matrix),
      '',
      ...words(productText(unfolded), width),
      ...(kernel ? drawn(kernel) : []),
    ]),
  ];
}

function productText({ matrix, kernel, product }: Unfolded): string {
  const result = `(${product.join(', ')})`;
  return kernel
    ? `(${matrix.shape.join(', ')}) times the kernel as a matrix (${kernel.shape.join(', ')}) = ${result}, one row a position, one column a filter`
    : `the layer's value of each row = ${result}, position by position and channel by channel`;
}
