import { inLanguage, type Language } from '../../../tasks/lessons/language.js';
import type { Held, TakenStep } from '../../../tasks/lessons/take.js';
import { signOf, type Theme } from '../../../terminal/theme.js';
import type { Column } from '../../column.js';
import type { Format } from '../../format.js';
import { renderRows } from '../../render.js';
import { renderTable, type TableStyle } from '../../table.js';
import { PHRASES } from './phrases.js';
import { boundText, valueText } from './values.js';

/** A figure as tables show it. */
interface FigureRow {
  readonly step: number;
  readonly run: string | null;
  readonly figure: string;
  readonly document: string;
  readonly here: string;
  readonly holds: boolean;
  readonly source: string | null;
}

/** The document's figures beside ours, a row each. */
export function figureTable(step: TakenStep, language: Language, style: TableStyle): string {
  const rows = step.figures.map((held) => rowOf(step, held, language, style.theme));
  return renderTable(rows, shownColumns(language, style.theme), {
    ...style,
    tone: (row, { key }) =>
      key === 'holds' ? (row.holds ? 'good' : 'bad') : key === 'source' ? 'quiet' : 'plain',
  });
}

/** All figures of a lesson in a form for programs. @param json what stands for them */
export function renderFigures(
  format: Format,
  steps: readonly TakenStep[],
  json: unknown,
  language: Language,
  style: TableStyle,
): Promise<string> {
  const rows = steps.flatMap((step) => step.figures.map((held) => rowOf(step, held, language, style.theme)));
  return renderRows(format, rows, columnsForPrograms, json, style);
}

function rowOf({ number, run }: TakenStep, held: Held, language: Language, { glyphs }: Theme): FigureRow {
  const { figure, ours, holds } = held;
  const bound = boundText(figure.bound, glyphs);
  return {
    step: number,
    run,
    figure: inLanguage(figure.name, language),
    document: figure.isOfDocument ? bound : PHRASES[language].ofQuick(bound),
    here: valueText(ours),
    holds,
    source: figure.source === null ? null : inLanguage(figure.source, language),
  };
}

function shownColumns(language: Language, theme: Theme): Column<FigureRow>[] {
  const { figure, document, here, source } = PHRASES[language];
  return [
    { key: 'figure', header: figure, priority: 0, shrinkTo: 20, value: (row) => row.figure },
    { key: 'document', header: document, priority: 0, align: 'right', value: (row) => row.document },
    { key: 'here', header: here, priority: 0, align: 'right', value: (row) => row.here },
    { key: 'holds', header: '', priority: 0, value: (row) => signOf(row.holds, theme) },
    { key: 'source', header: source, priority: 1, shrinkTo: 8, value: (row) => row.source },
  ];
}

const columnsForPrograms: readonly Column<FigureRow>[] = [
  { key: 'step', header: 'Step', priority: 0, align: 'right', value: (row) => row.step },
  { key: 'run', header: 'Command', priority: 0, value: (row) => row.run },
  { key: 'figure', header: 'Figure', priority: 0, value: (row) => row.figure },
  { key: 'document', header: 'Document', priority: 0, value: (row) => row.document },
  { key: 'here', header: 'Here', priority: 0, value: (row) => row.here },
  { key: 'holds', header: 'Holds', priority: 0, value: (row) => String(row.holds) },
  { key: 'source', header: 'Source', priority: 0, value: (row) => row.source },
];
