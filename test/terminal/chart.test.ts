import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { barSpans } from '../../src/terminal/bar.js';
import { plot } from '../../src/terminal/braille.js';
import { axisRow } from '../../src/terminal/chart-axis.js';
import { type Point, Series, Smoothed } from '../../src/terminal/series.js';
import { createTheme, paintSpans, spansWidth } from '../../src/terminal/theme.js';
import { planHeight, planScreen } from '../../src/ui/state/screen-plan.js';
import { TrainingState } from '../../src/ui/state/training-state.js';
import { epochEvent, stepEvent } from '../support/screens/ui-events.js';

const theme = createTheme(0, true);
const point = (x: number, value: number): Point => ({ x, low: value, high: value });

function drawn(points: readonly Point[], width: number, height: number, logarithmic = false): string[] {
  const { rows } = plot([{ points, tone: 'training' }], { width, height, logarithmic });
  return rows.map((row) => paintSpans(theme, row));
}

test('a straight line goes from corner to corner', () => {
  assert.equal(drawn([point(0, 0), point(1, 7)], 4, 2), ['  ⡠⠊', '⡠⠊  ']);
});

test('falling by the same ratio is a straight line on the logarithmic scale', () => {
  const points = Array.from({ length: 8 }, (_, x) => point(x, 10 ** -x));
  assert.equal(drawn(points, 4, 2, true), ['⠑⢄  ', '  ⠑⢄']);
});

test('a range of figures is drawn as a range', () => {
  assert.equal(drawn([{ x: 0, low: 0, high: 1 }], 1, 1), ['⡇']);
});

test('a single figure lies in the middle, and nothing draws nothing', () => {
  assert.equal(drawn([point(3, 0.5)], 2, 1), ['⠄ ']);
  assert.equal(drawn([], 2, 1), ['  ']);
  assert.is(plot([], { width: 2, height: 1 }).range, undefined);
});

test('every row is as wide as the chart, whatever is on it', () => {
  const points = Array.from({ length: 500 }, (_, x) => point(x, Math.sin(x / 7)));
  for (const width of [1, 2, 17, 90]) {
    const { rows, range } = plot(
      [
        { points, tone: 'training' },
        { points: points.slice(100, 300), tone: 'validation' },
      ],
      { width, height: 3 },
    );
    assert.equal(
      rows.map((row) => spansWidth(row)),
      [width, width, width],
    );
    assert.ok(range![0] >= -1 && range![1] <= 1);
  }
});

test('lines that are marked or dashed can be told apart without colours, also where they lie together', () => {
  const points = [point(0, 1), point(100, 1)];
  const lines = [
    { points, tone: 'training', mark: 'o' },
    { points, tone: 'validation', mark: 'x', dashed: true },
  ] as const;
  const text = (which: readonly (typeof lines)[number][]): string =>
    paintSpans(theme, plot(which, { width: 40, height: 1 }).rows[0]!);
  assert.match(text([lines[0]]), /^⠤+o⠤+o⠤+o⠤+$/);
  assert.match(text([lines[1]]), /^(⠤ )+x( ⠤)+ x( ⠤)+ x( ⠤)+ $/);
  const both = text(lines);
  assert.is(both.match(/o/g)!.length, 4);
  assert.is(both.match(/x/g)!.length, 3);
  // A line of one figure has its mark too.
  const single = plot([{ ...lines[1], points: [point(50, 1)] }], { width: 40, height: 1, span: [0, 100] });
  assert.match(paintSpans(theme, single.rows[0]!), /^ {19,20}x +$/);
});

test('the axis has round figures at their places, and no two that run together', () => {
  assert.is(axisRow([0, 3], 31), '0         1         2         3');
  assert.is(axisRow([0, 1], 41), '0.0    0.2     0.4     0.6     0.8    1.0');
  assert.is(axisRow([1, 1], 5), '1    ');
  for (const last of [1, 2, 3, 7, 12, 50, 90, 300, 12_345]) {
    for (let width = 20; width <= 200; width++) {
      const row = axisRow([0, last], width);
      assert.is(row.length, width);
      const labels = [...row.matchAll(/\S+/g)];
      assert.ok(labels.length >= 2, `${last} in ${width} columns: ${row}`);
      for (const { 0: label, index } of labels) {
        const at = (Number(label) / last) * (width - 1);
        const middle = index + (label.length - 1) / 2;
        // At the edges a figure stands beside its place rather than outside.
        assert.ok(Math.abs(at - middle) <= Math.max(1, label.length / 2), `${label} in ${row}`);
      }
    }
  }
});

test('the figures of the caption are those at which the curves have come', () => {
  const state = new TrainingState();
  const ends = () =>
    [state.lossPoints.at(-1), state.accuracyPoints.at(-1)].map((end) => end && [end.x, end.high]);
  const step = (epoch: number, step: number, loss: number): void =>
    state.handle(
      stepEvent({ epoch, step, stepsPerEpoch: 100, loss: 9, epochLoss: loss, epochAccuracy: 1 / loss }),
    );
  assert.equal([state.loss, state.accuracy], [undefined, undefined]);
  for (const [epoch, at, loss] of [
    [1, 1, 4],
    [1, 50, 2],
  ] as const) {
    step(epoch, at, loss);
    assert.equal([state.loss, state.accuracy], [loss, 1 / loss]);
    assert.equal(ends(), [
      [epoch - 1 + at / 100, loss],
      [epoch - 1 + at / 100, 1 / loss],
    ]);
  }
  state.handle(epochEvent({ epoch: 1, loss: 1.6, accuracy: 0.5 }));
  assert.equal([state.loss, state.accuracy], [1.6, 0.5]);
  assert.equal(ends(), [
    [1, 1.6],
    [1, 0.5],
  ]);
  // The mean over a few images says little: the figures stay until there are more.
  step(2, 2, 8);
  assert.equal([state.loss, state.accuracy], [1.6, 0.5]);
  step(2, 20, 1.25);
  assert.equal([state.loss, ends()[0]], [1.25, [1.2, 1.25]]);
});

test('a series keeps its shape in bounded memory', () => {
  const series = new Series(64);
  for (let x = 0; x < 100_000; x++) series.push(x, x === 77_777 ? 5 : 1);
  const points = series.points();
  assert.ok(points.length <= 65 && points.length >= 32, String(points.length));
  assert.is(Math.max(...points.map((p) => p.high)), 5);
  assert.is(points.at(-1)?.x, 99_999);
});

test('what is not a number is left out of a series and of a mean', () => {
  const series = new Series();
  for (const value of [1, Number.NaN, Number.POSITIVE_INFINITY, 2]) series.push(0, value);
  assert.is(series.points().length, 2);
  const smoothed = new Smoothed();
  assert.is(smoothed.next(3), 3);
  assert.ok(Number.isNaN(smoothed.next(Number.NaN)));
  assert.ok(Math.abs(smoothed.next(3) - 3) < 1e-12);
});

test('a bar fills by half columns and never leaves its width', () => {
  const bar = (fraction: number): string => paintSpans(theme, barSpans(fraction, 4, theme.glyphs));
  assert.equal([0, 0.125, 0.5, 0.99, 1, 2, Number.NaN].map(bar), [
    '────',
    '╸───',
    '━━──',
    '━━━╸',
    '━━━━',
    '━━━━',
    '────',
  ]);
  assert.is(paintSpans(theme, barSpans(0.6, 5, createTheme(0, false).glyphs)), '###--');
});

test('the screen is lower than any terminal, and has its charts wherever they fit', () => {
  for (let rows = 1; rows <= 80; rows++)
    for (const columns of [40, 71, 72, 200])
      for (const headerLines of [3, 6]) {
        const plan = planScreen({ columns, rows }, { headerLines, braille: true });
        const height = planHeight(plan);
        assert.ok(height <= Math.max(1, rows - 1), `${height} of ${rows} rows`);
        assert.is(plan.epochBar, 1);
        if (rows >= 24) assert.is(plan.axis, 1, `${columns}x${rows}`);
        if (rows >= 13)
          assert.ok(plan.chart >= 1 && plan.footer === 1 && plan.header > 0, `${columns}x${rows}`);
      }
});

test.run();
