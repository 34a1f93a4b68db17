import { Box } from 'ink';
import type { Line } from '../braille.js';
import { formatBrief, formatLoss, formatPercent } from '../format.js';
import type { Span, Theme } from '../theme.js';
import type { TrainingState } from '../training-state.js';
import { Chart } from './Chart.js';
import type { ScreenPlan } from './screen-plan.js';

/** Columns between two charts beside each other. */
const BETWEEN = 4;

/** Loss and accuracy: now, and how they came there. */
export function Charts({ theme, state, plan }: { theme: Theme; state: TrainingState; plan: ScreenPlan }) {
  const { trained, epoch } = state;
  return (
    <ChartPair
      theme={theme}
      plan={plan}
      lossCaptions={captions('loss', trained?.epochLoss, epoch?.validationLoss, formatLoss)}
      lossLines={[
        { points: state.lossPoints, tone: 'training' },
        { points: state.validationLossPoints, tone: 'validation' },
      ]}
      accuracyCaptions={captions(
        'accuracy',
        trained?.epochAccuracy,
        epoch?.validationAccuracy,
        formatPercent,
      )}
      accuracyLines={[
        { points: state.accuracyPoints, tone: 'training' },
        { points: state.validationAccuracyPoints, tone: 'validation' },
      ]}
    />
  );
}

export interface ChartPairProps {
  readonly theme: Theme;
  readonly plan: Pick<ScreenPlan, 'sideBySide' | 'chart' | 'width'>;
  readonly lossCaptions: readonly (readonly Span[])[];
  readonly lossLines: readonly Line[];
  readonly accuracyCaptions: readonly (readonly Span[])[];
  readonly accuracyLines: readonly Line[];
}

/** Loss and accuracy, beside each other or one below the other. */
export function ChartPair(props: ChartPairProps) {
  const { sideBySide, chart, width: all } = props.plan;
  const width = sideBySide ? Math.floor((all - BETWEEN) / 2) : all;
  const common = { theme: props.theme, width, height: chart };
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

function captions(
  name: string,
  now: number | undefined,
  validation: number | null | undefined,
  format: (value: number) => string,
): Span[][] {
  const quiet = (text: string): Span => ({ text, tone: 'quiet' });
  const bad = now !== undefined && !Number.isFinite(now);
  const line: Span[] = [
    quiet(`${name} `),
    now === undefined ? quiet('-') : { text: format(now), tone: bad ? 'bad' : 'training' },
  ];
  if (validation === undefined || validation === null) return [line];
  const more: Span[] = [
    quiet('  validation '),
    { text: format(validation), tone: Number.isFinite(validation) ? 'validation' : 'bad' },
  ];
  return [[...line, ...more], line];
}
