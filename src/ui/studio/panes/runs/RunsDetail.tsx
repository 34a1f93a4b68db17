import { Box } from 'ink';
import { formatDuration, formatInteger, formatLoss, formatPercent } from '../../../../base/text/format.js';
import { counted } from '../../../../base/text/words.js';
import { paintSpans, type Span, type Theme } from '../../../../terminal/theme.js';
import { ChartPair } from '../../../live/Charts.js';
import { Lines } from '../../../live/Lines.js';
import { cutSpans, labelled, quiet, wrapped } from '../../parts/spans.js';
import type { Area, PartProps } from '../../state/pane.js';
import { runCharts } from './run-curves.js';
import { headLines } from './run-head.js';
import { chosenRuns, currentRun } from './run-keys.js';
import type { RunRow } from './run-row.js';
import { settingLines } from './setting-lines.js';

/** The run under the cursor: where it is, its curves over those of the marked runs, and what it was trained with. */
export function RunsDetail({ state, area, theme }: PartProps) {
  const row = currentRun(state);
  if (row === undefined) return <Lines lines={[]} />;
  const paint = (lines: readonly (readonly Span[])[]) =>
    lines.map((line) => paintSpans(theme, cutSpans(line, area.width, theme)));
  if (row.run?.brief == null) return <Lines lines={paint(strangeLines(row, area)).slice(0, area.height)} />;
  const head = headLines(row, area, theme);
  const rest = area.height - head.length;
  if (state.runs.view === 'settings') {
    const chosen = chosenRuns(state);
    const table = settingLines(chosen, area.width, theme);
    // Of several runs the one under the cursor need not be one.
    const above: Span[][] =
      chosen.length === 1
        ? head
        : [[{ text: `What differs between ${counted(chosen.length, 'run')}`, tone: 'strong' }]];
    return <Lines lines={paint([...above, ...table]).slice(0, area.height)} />;
  }
  const shown = chosenRuns(state).filter(({ run }) => run !== null);
  const charts = runCharts(state.runs, shown, state.lists.runs.marks, {
    loss: formatLoss,
    accuracy: (value) => formatPercent(value),
  });
  const sideBySide = area.width >= 76;
  const height = chartHeight(rest - 1, sideBySide ? 1 : 2, theme);
  const plan = { sideBySide, chart: height, axis: height > 1 ? 1 : 0, width: area.width };
  const below = rest - (sideBySide ? 1 : 2) * (height + plan.axis + 1) - 2;
  const reading =
    charts.reading === null ? `over ${charts.xTitle === 'epoch' ? 'epochs' : charts.xTitle}` : charts.reading;
  return (
    <Box flexDirection="column" height={area.height} overflow="hidden">
      <Lines lines={paint(head)} />
      <Lines
        lines={paint([[quiet(shown.length > 1 ? `${counted(shown.length, 'run')}, ${reading}` : reading)]])}
      />
      <ChartPair
        theme={theme}
        plan={plan}
        span={charts.span}
        xTitle={charts.xTitle}
        lossCaptions={charts.loss.captions}
        lossLines={charts.loss.lines}
        accuracyCaptions={charts.accuracy.captions}
        accuracyLines={charts.accuracy.lines}
      />
      <Lines lines={paint(below > 1 ? [[], ...factLines(row, area.width)].slice(0, below + 1) : [])} />
    </Box>
  );
}

const TALLEST = 20;

function chartHeight(rows: number, charts: number, { glyphs }: Theme): number {
  if (!glyphs.braille) return 0;
  const fitting = Math.floor(rows / charts) - 2;
  // What the run was trained with stands below, where there is room for both.
  const wanted = rows > 24 ? Math.floor((rows - 9) / charts) - 2 : fitting;
  return Math.max(0, Math.min(TALLEST, wanted));
}

/** A run that is no run yet, or none that can be read. */
function strangeLines({ name, run, starting }: RunRow, { width }: Area): Span[][] {
  const head: Span[][] = [[{ text: name, tone: 'strong' }]];
  if (starting !== null) {
    const said = starting.said === '' ? 'It is starting.' : starting.said;
    return [
      ...head,
      ...wrapped(`$ ${starting.line}`, width, 'training'),
      [],
      ...said.split('\n').flatMap((line) => wrapped(line, width, starting.hasFailed ? 'bad' : 'quiet')),
    ];
  }
  return [...head, ...wrapped(run?.problem ?? '', width, 'bad')];
}

/** What it was trained with. */
function factLines({ run, config }: RunRow, width: number): Span[][] {
  const { brief } = run!;
  const { dataset, engine, params, seed, batchSize, seconds, cnnzoo, owner } = brief!;
  const optimizer = config?.training.optimizer;
  const facts: (readonly [string, string])[] = [
    [
      'images',
      `${dataset.name}, ${formatInteger(dataset.trainImages)} to learn from, ${formatInteger(dataset.testImages)} to test on`,
    ],
    [
      'training',
      `${optimizer ? `${optimizer.name}, learning rate ${optimizer.learningRate}, ` : ''}batch ${batchSize}, seed ${seed}`,
    ],
    [
      'computed',
      `${engine.name} on ${engine.device}, ${engine.deviceDescription}, ${formatDuration(seconds)}`,
    ],
    ['network', `${formatInteger(params)} parameters`],
    ['process', `${owner.pid} on ${owner.host}, cnnzoo ${cnnzoo}`],
  ];
  return facts.flatMap(([label, value]) => labelled(label, value, width, 10));
}
