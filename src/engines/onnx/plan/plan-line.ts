import { maxOf } from '../../../base/extremes.js';
import { formatInteger } from '../../../base/text/format.js';

/** One operation of a plan, in words. */
export interface PlanLine {
  /** The layer that it comes from. */
  readonly layer: string;
  readonly operator: string;
  /** How it is computed, where there are several ways, and what is computed along with it. */
  readonly formulation: string;
  /** The layout of its inputs; "blocks (from strips)" where a map has to be laid out anew for it. */
  readonly reads: string;
  /** The layout of its output. */
  readonly writes: string;
  /** The shape of its output for one image: "28x28x6". */
  readonly output: string;
  /**
   * Multiply-accumulates of the layer's forward pass for all images that are computed at once, on the first line of the
   * layer; null on the others, and where there are none.
   */
  readonly macs: number | null;
}

/** How a plan is shown: a column a figure. */
interface PlanColumn {
  readonly key: keyof PlanLine;
  readonly header: string;
  readonly align?: 'right';
  text(line: PlanLine): string;
}

const textOf = (key: keyof PlanLine, header: string): PlanColumn => ({
  key,
  header,
  text: (line) => String(line[key]),
});

export const PLAN_COLUMNS: readonly PlanColumn[] = [
  textOf('layer', 'Layer'),
  textOf('operator', 'Operator'),
  textOf('formulation', 'Formulation'),
  textOf('reads', 'Reads'),
  textOf('writes', 'Writes'),
  textOf('output', 'Output'),
  {
    key: 'macs',
    header: 'MACs',
    align: 'right',
    text: ({ macs }) => (macs === null ? '' : formatInteger(macs)),
  },
];

/** Lines below each other, their columns aligned. Ends in a line break. */
export function alignedLines(lines: readonly PlanLine[]): string {
  const rows = [
    PLAN_COLUMNS.map(({ header }) => header),
    ...lines.map((line) => PLAN_COLUMNS.map((column) => column.text(line))),
  ];
  const widths = PLAN_COLUMNS.map((_, i) => maxOf(rows.map((row) => row[i]!.length)));
  const aligned = rows.map((row) =>
    row.map((text, i) =>
      PLAN_COLUMNS[i]!.align === 'right' ? text.padStart(widths[i]!) : text.padEnd(widths[i]!),
    ),
  );
  return aligned.map((row) => `${row.join('  ').trimEnd()}\n`).join('');
}
