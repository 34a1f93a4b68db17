import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { formatBytes, formatEta } from '../../../../base/text/format.js';
import { paintSpans, type Span } from '../../../../terminal/theme.js';
import { Lines } from '../../../live/Lines.js';
import { cutSpans, labelled, quiet, wrapped } from '../../parts/spans.js';
import type { PartProps } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';
import { currentFinding } from './machine-list.js';

const LABEL = 10;

/** What was found of one thing, the machine's load, and the trainings that run on it. */
export function MachineDetail({ state, area, theme }: PartProps) {
  const { width, height } = area;
  const lines = [...findingLines(state, width), ...loadLines(width), ...trainingLines(state, width)];
  return (
    <Lines lines={lines.slice(0, height).map((line) => paintSpans(theme, cutSpans(line, width, theme)))} />
  );
}

function findingLines(state: StudioState, width: number): Span[][] {
  const finding = currentFinding(state);
  const again: Span[][] = state.machine.isExamining && finding ? [[quiet('Examining again.')]] : [];
  if (finding === undefined) return again;
  return [
    [{ text: finding.name, tone: 'strong' }],
    ...wrapped(finding.detail, width),
    ...(finding.fix === null ? [] : [[], ...wrapped(finding.fix, width, 'warning')]),
    ...again,
    [],
  ];
}

/** As things are when it is drawn; it is drawn when something changes. */
function loadLines(width: number): Span[][] {
  const [load] = loadavg() as [number, number, number];
  const used = totalmem() - freemem();
  return [
    [{ text: 'Now', tone: 'strong' }],
    ...labelled('load', `${load.toFixed(1)} on ${availableParallelism()} processors`, width, LABEL),
    ...labelled('memory', `${formatBytes(used)} of ${formatBytes(totalmem())}`, width, LABEL),
    [],
  ];
}

function trainingLines({ runs }: StudioState, width: number): Span[][] {
  const busy = runs.watched.filter(({ condition }) => condition === 'training' || condition === 'elsewhere');
  const head: Span[][] = [[{ text: 'Training', tone: 'strong' }]];
  if (busy.length === 0)
    return [...head, ...wrapped('Nothing trains here: t in the zoo (key 1) begins.', width, 'quiet')];
  return [
    ...head,
    ...busy.flatMap(({ name, brief, now }) => {
      const { owner, engine, epochs } = brief!;
      const place = `epoch ${Math.floor(now?.position ?? 0) + 1}/${epochs}`;
      const left = now?.etaSeconds == null ? '' : `, ${formatEta(now.etaSeconds)} left`;
      const threads = engine.threads === null ? '' : `, ${engine.threads} threads`;
      return [
        [{ text: name }],
        ...labelled(
          '',
          `${place}${left}, process ${owner.pid} on ${owner.host}, ${engine.name} on ${engine.device}${threads}`,
          width,
          2,
        ),
      ];
    }),
  ];
}
