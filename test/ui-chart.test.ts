import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plot } from '../src/ui/braille.js';
import { barSpans } from '../src/ui/live/bar.js';
import { planHeight, planScreen } from '../src/ui/live/screen-plan.js';
import { type Point, Series, Smoothed } from '../src/ui/series.js';
import { createTheme, paintSpans, spansWidth } from '../src/ui/theme.js';

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
        if (rows >= 13)
          assert.ok(plan.chart >= 1 && plan.footer === 1 && plan.header > 0, `${columns}x${rows}`);
      }
});

test.run();
