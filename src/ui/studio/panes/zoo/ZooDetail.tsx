import { formatInteger } from '../../../../base/text/format.js';
import { architectureText } from '../../../../report/pictures/architecture-text.js';
import { shownColumns } from '../../../../report/summary/columns.js';
import { layerLines, summaryFacts } from '../../../../report/summary/render.js';
import { paintSpans, type Span, type Theme } from '../../../../terminal/theme.js';
import { Lines } from '../../../live/Lines.js';
import { cutSpans, labelled, quiet, wrapped } from '../../parts/spans.js';
import { tableLines } from '../../parts/table-lines.js';
import type { Area, PartProps } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';
import type { ModelDetail } from '../../state/zoo-state.js';
import { currentDetail, currentModel } from './zoo-keys.js';

/** The model under the cursor: its layers with the arithmetic of one of them, or its architecture to scale. */
export function ZooDetail({ state, area, theme, pictures }: PartProps) {
  const detail = currentDetail(state);
  if (detail === undefined)
    return <Lines lines={waiting(state, area).map((line) => paintSpans(theme, line))} />;
  const head = headLines(detail, area.width);
  const rest = { width: area.width, height: area.height - head.length };
  const painted = head.map((line) => paintSpans(theme, cutSpans(line, area.width, theme)));
  if (state.zoo.view === 'layers') {
    const body = layersPart(state, detail, rest, theme);
    return <Lines lines={[...painted, ...body.map((line) => paintSpans(theme, line))]} />;
  }
  const style = { columns: area.width, theme, ...pictures };
  const drawing = architectureText(detail.architecture, '', style).trimEnd().split('\n').slice(2);
  const from = Math.max(0, Math.min(state.zoo.scroll, drawing.length - rest.height));
  return <Lines lines={[...painted, ...drawing.slice(from, from + rest.height)]} />;
}

function waiting(state: StudioState, { width }: Area): Span[][] {
  const row = currentModel(state);
  if (row === undefined) return [];
  const why = state.zoo.details[row.model];
  return typeof why === 'string' ? wrapped(why, width, 'bad') : [[quiet(`Reading ${row.model}.`)]];
}

function headLines({ summary, source }: ModelDetail, width: number): Span[][] {
  const { title, totals, input, classes } = summary;
  const facts = [
    `input ${input.join('x')}`,
    ...(classes === null ? [] : [`${classes} classes`]),
    `${formatInteger(totals.params)} parameters`,
    `${formatInteger(totals.macs)} MACs`,
  ];
  const published = summaryFacts(summary).filter(({ label }) => label === 'Published');
  return [
    ...wrapped(title, width, 'strong').slice(0, 1),
    [quiet(facts.join(', '))],
    ...(source === '' ? [] : [[quiet(source)]]),
    ...published.flatMap(({ label, value }) => labelled(label, value, width, 11)),
    [],
  ];
}

/** Rows that the arithmetic of a layer gets, if there are as many. */
const EXPLANATION = 9;

/** The table of layers, and under it what the layer under the cursor computes. */
function layersPart(
  state: StudioState,
  { summary }: ModelDetail,
  { width, height }: Area,
  theme: Theme,
): Span[][] {
  const { layers } = summary;
  const at = Math.min(state.zoo.layer, layers.length - 1);
  const layer = layers[at]!;
  const explained = layerLines(layer).flatMap((line) =>
    wrapped(line, width - 2).map((one): Span[] => [{ text: '  ' }, ...one]),
  );
  // Who goes through the list of models wants to see all layers first.
  const room = state.focus === 'list' ? height : Math.max(3, height - EXPLANATION);
  const least = Math.min(layers.length + 1, room);
  const table = tableLines({
    rows: layers,
    columns: shownColumns(summary),
    at,
    width,
    height: Math.max(least, height - explained.length - 2),
    isFocused: state.focus === 'detail',
    theme,
    tone: (row, column) => (column.key === 'name' || column.value(row) !== 0 ? 'plain' : 'quiet'),
  });
  const heading = [{ text: layer.name, tone: 'strong' as const }, quiet(` reads ${layer.inputs.join(', ')}`)];
  return [...table, [], cutSpans(heading, width, theme), ...explained].slice(0, height);
}
