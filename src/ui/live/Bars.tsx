import { clamp01, formatDone, formatEta, formatInteger, formatRate } from '../../base/text/format.js';
import { barSpans } from '../../terminal/bar.js';
import { paintSpans, type Span, spansWidth, type Theme } from '../../terminal/theme.js';
import type { ScreenPlan } from '../state/screen-plan.js';
import type { TrainingState } from '../state/training-state.js';
import { Lines } from './Lines.js';

interface BarsProps {
  readonly theme: Theme;
  readonly state: TrainingState;
  readonly plan: ScreenPlan;
}

/** How far the epoch and the run have come, and how fast. */
export function Bars({ theme, state, plan }: BarsProps) {
  const lines: Span[][] = [];
  if (plan.epochBar > 0) lines.push(epochBar(state, plan, theme));
  if (plan.runBar > 0) lines.push(runBar(state, plan, theme));
  if (plan.details > 0) lines.push(details(state, plan));
  return <Lines lines={lines.map((line) => paintSpans(theme, line))} />;
}

/** As wide as the widest label, so that nothing moves from epoch to epoch. */
function labelWidth(state: TrainingState): number {
  return Math.max('validation'.length, `epoch ${state.start?.epochs}/${state.start?.epochs}`.length);
}

/** The epoch's training, or the look at other images after it. */
function epochBar(state: TrainingState, { width }: ScreenPlan, theme: Theme): Span[] {
  const { step, start, position } = state;
  const epochs = start?.epochs ?? 1;
  const epoch = Math.min(step?.epoch ?? Math.floor(position) + 1, epochs);
  const label = step === undefined || step.phase === 'training' ? `epoch ${epoch}/${epochs}` : step.phase;
  const rest = position >= epochs ? 1 : 0;
  const fraction = step === undefined ? rest : clamp01(step.step / step.stepsPerEpoch);
  const eta = step?.epochEtaSeconds;
  return barLine({ label: label.padEnd(labelWidth(state)), fraction, eta }, width, theme);
}

function runBar(state: TrainingState, { width }: ScreenPlan, theme: Theme): Span[] {
  const fraction = clamp01(state.position / (state.start?.epochs ?? 1));
  const eta = (state.step ?? state.trained)?.runEtaSeconds;
  return barLine({ label: 'run'.padEnd(labelWidth(state)), fraction, eta }, width, theme);
}

interface BarFigures {
  readonly label: string;
  readonly fraction: number;
  /** Seconds to go. */
  readonly eta: number | undefined;
}

function barLine({ label, fraction, eta }: BarFigures, width: number, { glyphs }: Theme): Span[] {
  const left: Span[] = [{ text: `${label}  `, tone: 'quiet' }];
  const known = eta !== undefined && Number.isFinite(eta);
  const time = (known ? formatEta(eta) : '').padStart(6);
  const right: Span[] = [
    { text: `  ${formatDone(fraction).padStart(5)}` },
    { text: width < 60 ? ` ${time}` : `  ${time} ${known ? 'left' : '    '}`, tone: 'quiet' },
  ];
  const bar = Math.max(0, width - spansWidth(left) - spansWidth(right));
  return [...left, ...barSpans(fraction, bar, glyphs), ...right];
}

function details(state: TrainingState, { width }: ScreenPlan): Span[] {
  const { step, trained, start } = state;
  const current = step ?? { phase: 'training', step: 0, stepsPerEpoch: start?.stepsPerEpoch ?? 0 };
  const total = formatInteger(current.stepsPerEpoch);
  const batches = `${formatInteger(current.step).padStart(total.length)} of ${total}`;
  const what = { training: 'batch', validation: 'validation batch', test: 'test batch' }[current.phase];
  const spans: Span[] = [{ text: `${what} `, tone: 'quiet' }, { text: batches }];
  const rate = (step ?? trained)?.imagesPerSecond;
  const more: Span[][] = [
    rate === undefined ? [] : [{ text: `  ${formatRate(rate)}` }, { text: ' images/s', tone: 'quiet' }],
    trained === undefined
      ? []
      : [{ text: '  learning rate ', tone: 'quiet' }, { text: formatLearningRate(trained.learningRate) }],
  ];
  for (const part of more) if (spansWidth(spans) + spansWidth(part) <= width) spans.push(...part);
  return spans;
}

function formatLearningRate(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
