import { Box } from 'ink';
import { formatBrief, formatLoss, formatPercent } from '../../base/text/format.js';
import type { Line } from '../../terminal/braille.js';
import type { Span, Theme } from '../../terminal/theme.js';
import type { ScreenPlan } from '../state/screen-plan.js';
import type { TrainingState } from '../state/training-state.js';
import { Chart } from './Chart.js';

/** Of the figures of the validation images. */
const VALIDATION_MARK = 'x';

/** Columns between two charts beside each other. */
const BETWEEN = 3;

/** Loss and accuracy: now, and how they came there. */
export function Charts({ theme, state, plan }: { theme: Theme; state: TrainingState; plan: ScreenPlan }) {
  const { loss, accuracy, epoch } = state;
  const validation = { tone: 'validation', mark: VALIDATION_MARK, dashed: true } as const;
  const mark = plan.chart > 0 ? VALIDATION_MARK : undefined;
  return (
    <ChartPair
      theme={theme}
      plan={plan}
      lossCaptions={captions('loss', { now: loss, validation: epoch?.validationLoss, mark }, formatLoss)}
      lossLines={[
        { points: state.lossPoints, tone: 'training' },
        { points: state.validationLossPoints, ...validation },
      ]}
      accuracyCaptions={captions(
        'accuracy',
        { now: accuracy, validation: epoch?.validationAccuracy, mark },
        formatPercent,
      )}
      accuracyLines={[
        { points: state.accuracyPoints, tone: 'training' },
        { points: state.validationAccuracyPoints, ...validation },
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
}

/** Loss and accuracy, beside each other or one below the other. */
export function ChartPair(props: ChartPairProps) {
  const { sideBySide, chart, axis, width: all } = props.plan;
  const width = sideBySide ? Math.floor((all - BETWEEN) / 2) : all;
  const common = { theme: props.theme, width, height: chart, axis };
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
  /** What the validation's line is marked with; undefined where no lines are drawn. */
  readonly mark: string | undefined;
}

/** The figures at which the lines have come. */
function captions(
  name: string,
  { now, validation, mark }: Figures,
  format: (value: number) => string,
): Span[][] {
  const quiet = (text: string): Span => ({ text, tone: 'quiet' });
  const bad = now !== undefined && !Number.isFinite(now);
  const line: Span[] = [
    quiet(`${name} `),
    now === undefined ? quiet('-') : { text: format(now), tone: bad ? 'bad' : 'training' },
  ];
  if (validation === undefined || validation === null) return [line];
  const more = (word: string): Span[] => [
    ...line,
    quiet('  '),
    ...(mark === undefined ? [] : [{ text: mark, tone: 'validation' as const }, quiet(' ')]),
    quiet(`${word} `),
    { text: format(validation), tone: Number.isFinite(validation) ? 'validation' : 'bad' },
  ];
  return [more('validation'), more('val.'), line];
}
