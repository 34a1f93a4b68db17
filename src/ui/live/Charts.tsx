import { Box } from 'ink';
import { formatBrief, formatLoss, formatPercent } from '../format.js';
import type { Theme } from '../theme.js';
import type { TrainingState } from '../training-state.js';
import { Chart } from './Chart.js';
import type { ScreenPlan } from './screen-plan.js';

/** Columns between two charts beside each other. */
const BETWEEN = 4;

/** Loss and accuracy: now, and how they came there. */
export function Charts({ theme, state, plan }: { theme: Theme; state: TrainingState; plan: ScreenPlan }) {
  const { sideBySide, chart } = plan;
  const width = sideBySide ? Math.floor((plan.width - BETWEEN) / 2) : plan.width;
  const { trained, epoch } = state;
  const common = { theme, width, height: chart };
  return (
    <Box flexDirection={sideBySide ? 'row' : 'column'} gap={sideBySide ? BETWEEN : 0} flexShrink={0}>
      <Chart
        {...common}
        name="loss"
        now={trained?.epochLoss}
        validation={epoch?.validationLoss ?? undefined}
        training={state.lossPoints}
        validated={state.validationLossPoints}
        format={formatLoss}
        label={formatBrief}
        logarithmic
      />
      <Chart
        {...common}
        name="accuracy"
        now={trained?.epochAccuracy}
        validation={epoch?.validationAccuracy ?? undefined}
        training={state.accuracyPoints}
        validated={state.validationAccuracyPoints}
        format={formatPercent}
        label={(value) => formatPercent(value, 1)}
      />
    </Box>
  );
}
