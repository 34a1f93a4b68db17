import { Box } from 'ink';
import { formatBrief, formatLoss, formatPercent } from '../../base/text/format.js';
import type { Line } from '../../terminal/braille.js';
import type { Span, Theme } from '../../terminal/theme.js';
import type { ScreenPlan } from '../state/screen-plan.js';
import type { TrainingState } from '../state/training-state.js';
import { Chart } from './Chart.js';

/** What the lines of the images are marked with that the network does not learn from. */
const LOOKS = {
  validation: { word: 'validation', brief: 'val.', tone: 'validation', mark: 'x', dashed: true },
  test: { word: 'test', brief: 'test', tone: 'good', mark: 's', dashed: true },
} as const;

/** Columns between two charts beside each other. */
const BETWEEN = 3;

/** Loss and accuracy: now, and how they came there. */
export function Charts({ theme, state, plan }: { theme: Theme; state: TrainingState; plan: ScreenPlan }) {
  const { loss, accuracy, epoch } = state;
  const isDrawn = plan.chart > 0;
  const losses = { validation: epoch?.validationLoss, test: epoch?.testLoss };
  const accuracies = { validation: epoch?.validationAccuracy, test: epoch?.testAccuracy };
  return (
    <ChartPair
      theme={theme}
      plan={plan}
      lossCaptions={captions('loss', { now: loss, ...losses, isDrawn }, formatLoss)}
      lossLines={[
        { points: state.lossPoints, tone: 'training' },
        { points: state.validationLossPoints, ...LOOKS.validation },
        { points: state.testLossPoints, ...LOOKS.test },
      ]}
      accuracyCaptions={captions('accuracy', { now: accuracy, ...accuracies, isDrawn }, formatPercent)}
      accuracyLines={[
        { points: state.accuracyPoints, tone: 'training' },
        { points: state.validationAccuracyPoints, ...LOOKS.validation },
        { points: state.testAccuracyPoints, ...LOOKS.test },
      ]}
    />
  );
}

interface ChartPairProps {
  readonly theme: Theme;
  readonly plan: Pick<ScreenPlan, 'sideBySide' | 'chart' | 'axis' | 'width'>;
  readonly lossCaptions: readonly (readonly Span[])[];
  readonly lossLines: readonly Line[];
  readonly accuracyCaptions: readonly (readonly Span[])[];
  readonly accuracyLines: readonly Line[];
  readonly span?: readonly [first: number, last: number];
  readonly xTitle?: string;
}

/** Loss and accuracy, beside each other or one below the other. */
export function ChartPair(props: ChartPairProps) {
  const { sideBySide, chart, axis, width: all } = props.plan;
  const width = sideBySide ? Math.floor((all - BETWEEN) / 2) : all;
  const { theme, span, xTitle } = props;
  const common = { theme, width, height: chart, axis, span, xTitle };
  return (
    <Box flexDirection={sideBySide ? 'row' : 'column'} gap={sideBySide ? BETWEEN : 0} flexShrink={0}>
      <Chart
        {...common}
        captions={props.lossCaptions}
        lines={props.lossLines}
        label={formatBrief}
        logarithmic
      />
      <Chart
        {...common}
        captions={props.accuracyCaptions}
        lines={props.accuracyLines}
        label={(value) => formatPercent(value, 1)}
      />
    </Box>
  );
}

interface Figures {
  readonly now: number | undefined;
  readonly validation: number | null | undefined;
  readonly test: number | null | undefined;
  /** Whether lines are drawn, whose marks the figures then carry. */
  readonly isDrawn: boolean;
}

/** The figures at which the lines have come: the most telling form first. */
function captions(name: string, figures: Figures, format: (value: number) => string): Span[][] {
  const { now } = figures;
  const bad = now !== undefined && !Number.isFinite(now);
  const line: Span[] = [
    quiet(`${name} `),
    now === undefined ? quiet('-') : { text: format(now), tone: bad ? 'bad' : 'training' },
  ];
  const looks = (['validation', 'test'] as const).filter((which) => typeof figures[which] === 'number');
  if (looks.length === 0) return [line];
  const more = (form: 'word' | 'brief') => [
    ...line,
    ...looks.flatMap((which) => lookSpans(LOOKS[which], form, figures, format(figures[which]!))),
  ];
  return [more('word'), more('brief'), line];
}

function lookSpans(
  look: (typeof LOOKS)['validation' | 'test'],
  form: 'word' | 'brief',
  { isDrawn }: Figures,
  value: string,
): Span[] {
  const mark: Span[] = isDrawn ? [{ text: look.mark, tone: look.tone }, quiet(' ')] : [];
  return [quiet('  '), ...mark, quiet(`${look[form]} `), { text: value, tone: look.tone }];
}

function quiet(text: string): Span {
  return { text, tone: 'quiet' };
}
