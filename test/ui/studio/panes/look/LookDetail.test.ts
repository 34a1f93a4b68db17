import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { opaqueRaster } from '../../../../../src/base/raster.js';
import { createTheme } from '../../../../../src/terminal/theme.js';
import { loadInk } from '../../../../../src/ui/screen/load-ink.js';
import { lookNeeds } from '../../../../../src/ui/studio/panes/look/look-at.js';
import { withAnswer } from '../../../../../src/ui/studio/services/answer.js';
import type { Question } from '../../../../../src/ui/studio/state/effect.js';
import type { Seen } from '../../../../../src/ui/studio/state/look-state.js';
import { emptyState, type StudioState } from '../../../../../src/ui/studio/state/studio-state.js';

const { LookDetail } = (await loadInk(() => import('../../../../../src/ui/studio/panes/look/LookDetail.js')))
  .screen;

const RUN = 'runs/a';
const IMAGE = 'fashion-mnist:test:12';

function seen(guess: string): Seen {
  return {
    run: RUN,
    image: IMAGE,
    label: 'Ankle boot',
    picture: opaqueRaster(new Uint8Array(28 * 28), 28, 28),
    layers: [{ name: 'dense_1', kind: 'dense', shape: [10] }],
    guesses: [{ label: guess, probability: 0.9 }],
  };
}

function question(state: StudioState, ask: Question['ask']): Question {
  const asked = lookNeeds(state).flatMap((need) => (need.need === 'answer' ? [need.question] : []));
  return asked.find((one) => one.ask === ask)!;
}

/** Going through the mistakes of a run. */
function wrongOn(columns: number, wrong: number, listed: number): StudioState {
  const state = emptyState('runs', { columns, rows: 18 });
  const look = { ...state.look, run: RUN, mistake: 0, versions: { [RUN]: 'v' } };
  const worst = Array.from({ length: listed }, () => ({ image: IMAGE, predicted: 'Sandal' }));
  const asked = { ...state, pane: 'look' as const, look };
  const known = withAnswer(asked, question(asked, 'mistakes'), { found: { wrong, worst } });
  return withAnswer(known, question(known, 'seen'), { found: seen('Sandal') });
}

/** All lines that are drawn, as one text. */
function drawn(state: StudioState): string {
  const area = { width: state.size.columns, height: state.size.rows - 5 };
  const theme = createTheme(0, true);
  const pictures = { level: 0, unicode: true, isLight: false } as never;
  const lines: string[] = [];
  const walk = (element: unknown): void => {
    if (Array.isArray(element)) {
      for (const one of element) walk(one);
      return;
    }
    const props = (element as { props?: { lines?: string[]; children?: unknown } } | null)?.props;
    lines.push(...(props?.lines ?? []));
    if (props?.children !== undefined) walk(props.children);
  };
  walk(LookDetail({ state, area, theme, pictures }));
  return lines.map((line) => line.trim()).join(' ');
}

test('of mistakes it is said how many there are in all, and what the picture is taken for', () => {
  for (const columns of [60, 80, 120]) {
    assert.match(drawn(wrongOn(columns, 1393, 48)), 'mistake 1 of the 48 worst of 1,393');
    assert.match(drawn(wrongOn(columns, 12, 12)), /mistake 1 of 12(?!\d)/);
    assert.match(drawn(wrongOn(columns, 12, 12)), /is Ankle boot,? taken for Sandal/);
  }
});

test('a picture that is taken for what it is says that alone', () => {
  const state = wrongOn(80, 12, 12);
  const right = withAnswer(state, question(state, 'seen'), { found: seen('Ankle boot') });
  assert.match(drawn(right), 'is Ankle boot');
  assert.not.match(drawn(right), 'taken for');
});

test.run();
