import { maxOf } from '../../base/extremes.js';
import {
  clamp01,
  formatDone,
  formatDuration,
  formatEta,
  formatLoss,
  formatPercent,
} from '../../base/text/format.js';
import { barSpans } from '../../terminal/bar.js';
import { textWidth, truncate } from '../../terminal/text.js';
import { type Span, spansWidth, type Theme } from '../../terminal/theme.js';
import type { ComparisonState, RunState } from '../state/comparison-state.js';

const MIN_BAR = 6;
const MAX_BAR = 30;

/** A line a run, each at most `width` columns wide; with the marks that the runs have in the charts, if there are any. */
export function runLines(
  { runs }: ComparisonState,
  width: number,
  theme: Theme,
  hasCharts: boolean,
): Span[][] {
  const widest = maxOf(runs.map(({ plan }) => textWidth(plan.label)));
  const label = Math.min(widest, Math.max(8, Math.floor(width / 2)));
  return runs.map((run) => {
    const name = truncate(run.plan.label, label, theme.glyphs.ellipsis).padEnd(label);
    const inChart: Span[] = hasCharts && run.mark ? [{ text: `${run.mark} `, tone: run.tone }] : [];
    const head: Span[] = [mark(run, theme), ...inChart, { text: name, tone: run.tone }, { text: '  ' }];
    return fit(head, tailForms(run, width - spansWidth(head), theme), width);
  });
}

function fit(head: Span[], forms: readonly Span[][], width: number): Span[] {
  const tail = forms.find((form) => spansWidth(head) + spansWidth(form) <= width);
  return [...head, ...(tail ?? [])];
}

/** Braille stands for a terminal that can show more than ASCII. */
function mark({ status }: RunState, { glyphs }: Theme): Span {
  switch (status) {
    case 'done':
      return { text: glyphs.braille ? '✓ ' : '* ', tone: 'good' };
    case 'training':
      return { text: glyphs.braille ? '▸ ' : '> ' };
    case 'waiting':
      return { text: '  ' };
    case 'interrupted':
      return { text: glyphs.braille ? '■ ' : '= ', tone: 'warning' };
    case 'diverged':
      return { text: glyphs.braille ? '✗ ' : '! ', tone: 'bad' };
  }
}

/** What stands behind the name, the most telling form first. */
function tailForms(run: RunState, room: number, theme: Theme): Span[][] {
  switch (run.status) {
    case 'done':
      return doneForms(run);
    case 'training':
      return trainingForms(run, room, theme);
    case 'waiting':
      return [];
    default:
      return [[{ text: run.status, tone: 'warning' }]];
  }
}

function doneForms({ accuracy, loss, seconds }: RunState): Span[][] {
  const first: Span[] = [{ text: (accuracy === null ? '-' : formatPercent(accuracy)).padStart(8) }];
  const lost: Span[] = loss === null ? [] : [quiet('  loss '), { text: formatLoss(loss).padStart(6) }];
  const time: Span[] = [quiet(`  ${formatDuration(seconds).padStart(6)}`)];
  return [
    [...first, quiet(' on test images'), ...lost, ...time],
    [...first, ...lost, ...time],
    [...first, ...time],
    first,
  ];
}

function trainingForms({ training }: RunState, room: number, theme: Theme): Span[][] {
  const { trained, step, start, position, loss, accuracy } = training;
  const fraction = clamp01(position / (start?.epochs ?? 1));
  const done: Span[] = [{ text: formatDone(fraction).padStart(6) }];
  const figures: Span[] =
    loss === undefined || accuracy === undefined
      ? []
      : [
          quiet('  loss '),
          { text: formatLoss(loss) },
          quiet('  accuracy '),
          { text: formatPercent(accuracy).padStart(7) },
        ];
  const eta = (step ?? trained)?.runEtaSeconds;
  const phase = step !== undefined && step.phase !== 'training' ? step.phase : undefined;
  const time: Span[] = [
    quiet(phase !== undefined ? `  ${phase}` : eta === undefined ? '' : `  ${formatEta(eta)} left`),
  ];
  const withBar = (more: readonly Span[]): Span[] => {
    const bar = Math.min(MAX_BAR, room - spansWidth(more));
    return [...barSpans(fraction, Math.max(MIN_BAR, bar), theme.glyphs), ...more];
  };
  return [withBar([...done, ...figures, ...time]), withBar([...done, ...time]), withBar(done), done];
}

function quiet(text: string): Span {
  return { text, tone: 'quiet' };
}
