import { Box } from 'ink';
import { formatDone, formatEta, formatPercent } from '../../base/text/format.js';
import { barSpans } from '../../terminal/bar.js';
import { truncate } from '../../terminal/text.js';
import { paintSpans, type Span, spansWidth } from '../../terminal/theme.js';
import type { ScreenProps } from '../screen/ink-screen.js';
import { type ComparisonPlan, firstShown, planComparisonScreen } from '../state/comparison-plan.js';
import type { ComparisonState } from '../state/comparison-state.js';
import { ChartPair } from './Charts.js';
import { comparisonFooter } from './footer-forms.js';
import { Lines } from './Lines.js';
import { runLines } from './run-lines.js';
import { Scaffold } from './Scaffold.js';

interface ComparisonScreenProps extends ScreenProps {
  readonly state: ComparisonState;
}

/** All runs of a comparison: those that are over, the one that trains, and those to come. */
export function ComparisonScreen(props: ComparisonScreenProps) {
  return (
    <Scaffold {...props} log={props.state.log} epochs={1}>
      <Frame {...props} />
    </Scaffold>
  );
}

function Frame({ theme, state, size, hasKeys, finished }: ComparisonScreenProps) {
  const hasBest = state.best !== undefined;
  const plan = planComparisonScreen(size, state.runs.length, theme.glyphs.braille, hasBest);
  const from = firstShown(state.runs.length, plan.runs, state.current ?? 0);
  const runs = runLines(state, plan.width, theme, plan.chart > 0).slice(from, from + plan.runs);
  const footer = comparisonFooter(state.stopping, hasKeys, theme.glyphs.ellipsis);
  const bottom = [
    ...(plan.best ? [bestLine(state, plan, theme.glyphs.ellipsis)] : []),
    wholeLine(state, plan, theme.glyphs),
    footer.find((form) => spansWidth(form) <= plan.width) ?? footer.at(-1)!,
  ];
  return (
    <Box flexDirection="column">
      {plan.chart > 0 && (
        <Box marginBottom={plan.gap} flexShrink={0}>
          <RunCharts theme={theme} state={state} plan={plan} />
        </Box>
      )}
      <Lines lines={runs.map((line) => paintSpans(theme, line))} />
      {!finished && (
        <Box marginTop={plan.gap} flexShrink={0}>
          <Lines lines={bottom.map((line) => paintSpans(theme, line))} />
        </Box>
      )}
      {finished && <Lines lines={['']} />}
    </Box>
  );
}

function RunCharts({
  theme,
  state,
  plan,
}: Pick<ComparisonScreenProps, 'theme' | 'state'> & { readonly plan: ComparisonPlan }) {
  // The current run lies on top.
  const runs = state.runs.toSorted(
    (a, b) => Number(a.status === 'training') - Number(b.status === 'training'),
  );
  return (
    <ChartPair
      theme={theme}
      plan={plan}
      lossCaptions={[[{ text: 'loss', tone: 'quiet' }]]}
      lossLines={runs.map(({ training, tone, mark }) => ({ points: training.lossPoints, tone, mark }))}
      accuracyCaptions={[[{ text: 'accuracy', tone: 'quiet' }]]}
      accuracyLines={runs.map(({ training, tone, mark }) => ({
        points: training.accuracyPoints,
        tone,
        mark,
      }))}
    />
  );
}

/** The most accurate run so far. */
function bestLine({ best }: ComparisonState, { width }: ComparisonPlan, ellipsis: string): Span[] {
  if (best === undefined) return [];
  const accuracy = formatPercent(best.accuracy!);
  const head = `best so far ${accuracy} by `;
  return [
    { text: 'best so far ', tone: 'quiet' },
    { text: accuracy, tone: 'good' },
    { text: ' by ', tone: 'quiet' },
    { text: truncate(best.plan.label, Math.max(1, width - head.length), ellipsis) },
  ];
}

/** How far the whole is, and about how long it will take. */
function wholeLine(
  state: ComparisonState,
  { width }: ComparisonPlan,
  glyphs: Parameters<typeof barSpans>[2],
): Span[] {
  const left: Span[] = [{ text: `${state.done} of ${state.runs.length} runs  `, tone: 'quiet' }];
  const seconds = state.secondsLeft;
  const time = Number.isFinite(seconds) ? `about ${formatEta(seconds)} left` : '';
  const right: Span[] = [
    { text: `  ${formatDone(state.fraction).padStart(5)}` },
    { text: `  ${time.padStart(18)}`, tone: 'quiet' },
  ];
  const bar = Math.max(0, width - spansWidth(left) - spansWidth(right));
  return [...left, ...barSpans(state.fraction, bar, glyphs), ...right];
}
