import { sizeOf } from '../../base/tensor.js';
import { formatInteger, formatPercent } from '../../base/text/format.js';
import { counted } from '../../base/text/words.js';
import { wrapText } from '../../terminal/text.js';
import type { RerunResult } from '../../training/rerun.js';
import type { TensorDifference } from '../../training/tensor-differences.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import { renderTable, type TableStyle } from '../table.js';

const columns: readonly Column<TensorDifference>[] = [
  { key: 'name', header: 'Weights', priority: 0, value: (tensor) => tensor.name },
  { key: 'shape', header: 'Shape', priority: 3, value: (tensor) => tensor.shape.join('x') },
  {
    key: 'differing',
    header: 'Differing',
    priority: 2,
    align: 'right',
    value: (tensor) => tensor.differing,
    format: formatInteger,
  },
  {
    key: 'maxDifference',
    header: 'By at most',
    priority: 1,
    align: 'right',
    value: (tensor) => tensor.maxDifference,
    format: (value: number) => (value === 0 ? '0' : value.toExponential(2)),
  },
];

/** Whether a run came out the same again, and if not how far apart its weights are. */
export async function renderRerun(result: RerunResult, format: Format, style: TableStyle): Promise<string> {
  if (format !== 'table') return renderRows(format, result.tensors, columns, result, style);
  const { identical, changes, testAccuracy, tensors } = result;
  const lines = wrapText(verdict(result), style.width).map((line) =>
    style.theme.paint(identical ? 'good' : 'bad', line),
  );
  const [before, after] = testAccuracy.map((accuracy) =>
    accuracy === null ? 'none' : formatPercent(accuracy),
  );
  lines.push(`test accuracy: ${before === after ? `${before}, both times` : `${before}, then ${after}`}`);
  for (const { what, ...change } of changes) {
    lines.push(...wrapText(`${what}: ${change.before} the first time, now ${change.after}`, style.width));
  }
  return `${lines.join('\n')}\n${identical ? '' : `\n${renderTable(tensors, columns, style)}`}`;
}

function verdict({ run, epochs, identical, maxDifference, tensors }: RerunResult): string {
  const values = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const what = `${run}, ${counted(epochs, 'epoch')} again: ${formatInteger(values)} weights`;
  if (identical) return `${what}, bit for bit the same`;
  const differing = tensors.reduce((sum, tensor) => sum + tensor.differing, 0);
  return `${what}, of which ${formatInteger(differing)} differ, by at most ${maxDifference.toExponential(2)}`;
}
