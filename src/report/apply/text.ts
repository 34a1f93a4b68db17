import type { Applied, AppliedLayer } from '../../tasks/apply/applied.js';
import type { Explained } from '../../tasks/apply/apply.js';
import type { TableStyle } from '../table.js';
import { arithmeticSection } from './arithmetic-text.js';
import { gradientSection } from './gradient-text.js';
import { INDENT, indented } from './lines.js';
import { shiftSection } from './shift-text.js';
import { batchLines, weightLines } from './tensors.js';
import { unfoldedSection } from './unfolded-text.js';
import { windowLines } from './windows.js';

/** Everything as text, for people who calculate along. */
export function appliedText(applied: Explained, style: TableStyle): string {
  const { paint } = style.theme;
  const width = style.width - INDENT.length;
  const { at, windows, gradient, unfolded, shifts, input, isBatch } = applied;
  const sections = [
    [
      paint('strong', `input  ${shapeText(applied, input.shape)}`),
      ...indented(batchLines(input, isBatch, width)),
    ],
    ...applied.layers.map((layer) => layerSection(applied, layer, style, width)),
    ...(shifts ? [shiftSection(shifts, style)] : []),
    ...(at ? [arithmeticSection(at, applied.layers.at(-1)!.node.inputShapes[0]!, style)] : []),
    ...(windows ? [[paint('strong', 'windows'), ...indented(windowLines(windows, width))]] : []),
    ...(gradient ? [gradientSection(applied, gradient, style)] : []),
    ...(unfolded ? [unfoldedSection(unfolded, style)] : []),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function shapeText({ isBatch }: Pick<Applied, 'isBatch'>, [count, ...rest]: readonly number[]): string {
  return (isBatch ? [count, ...rest] : rest).join('x');
}

function layerSection(
  applied: Explained,
  { node, output, weights }: AppliedLayer,
  { theme }: TableStyle,
  width: number,
): string[] {
  const isWeighted = weights.size > 0;
  const quiet = (text: string) => theme.paint('quiet', text);
  const origin = isWeighted && applied.origin !== null ? quiet(`  (weights ${applied.origin})`) : '';
  const title = theme.paint('strong', `${node.name}  ${shapeText(applied, output.shape)}`) + origin;
  const room = isWeighted ? width - INDENT.length : width;
  const ofWeights = [...weights].flatMap(([name, weight]) => [
    quiet(`${name}  ${weight.shape.join('x')}`),
    ...indented(weightLines(weight, room)),
  ]);
  const outputs = batchLines(output, applied.isBatch, room);
  const ofOutput = isWeighted ? [quiet('output'), ...indented(outputs)] : outputs;
  return [title, ...indented([...node.notes.map(quiet), ...ofWeights, ...ofOutput])];
}
