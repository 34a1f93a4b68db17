import { test } from 'uvu';
import * as assert from 'uvu/assert';
import '../../../support/flags.js';
import { thisProcess } from '../../../../src/base/machine/owner.js';
import { opaqueRaster } from '../../../../src/base/raster.js';
import { datasetRows } from '../../../../src/data/listing.js';
import { RunWatch } from '../../../../src/runs/watch/run-watch.js';
import { createTheme } from '../../../../src/terminal/theme.js';
import { EVERYWHERE } from '../../../../src/ui/studio/keys/everywhere.js';
import { openBindings, press } from '../../../../src/ui/studio/keys/press.js';
import { promptLines } from '../../../../src/ui/studio/overlays/prompt.js';
import { PANES } from '../../../../src/ui/studio/panes/index.js';
import { lookNeeds, seenOf } from '../../../../src/ui/studio/panes/look/look-at.js';
import { lineOf } from '../../../../src/ui/studio/parts/words.js';
import { footerLine } from '../../../../src/ui/studio/screen/frame-lines.js';
import { isAnswered, withAnswer } from '../../../../src/ui/studio/services/answer.js';
import { ZooRows } from '../../../../src/ui/studio/services/zoo-rows.js';
import { modelDetail, withFigures } from '../../../../src/ui/studio/services/zoo-source.js';
import type { Effect } from '../../../../src/ui/studio/state/effect.js';
import type { Seen } from '../../../../src/ui/studio/state/look-state.js';
import {
  emptyState,
  PANE_NAMES,
  type PaneName,
  type StudioState,
} from '../../../../src/ui/studio/state/studio-state.js';
import { EMPTY_ZOO } from '../../../../src/ui/studio/state/zoo-state.js';
import { temporaryFolder } from '../../../support/folders.js';
import { GONE, writeRun } from '../../../support/runs.js';

const folder = temporaryFolder();
writeRun(folder, 'lives', {
  status: 'running',
  owner: thisProcess(),
  done: 1,
  created: '2026-08-01T13:00:00.000Z',
});
writeRun(folder, 'killed', { status: 'running', owner: GONE, done: 1, created: '2026-08-01T12:00:00.000Z' });
writeRun(folder, 'done', { created: '2026-08-01T11:00:00.000Z' });
const watch = new RunWatch(folder);
watch.look();

const names = ['lenet5', 'mnist-basic'];
const rows = await Promise.all(
  new ZooRows()
    .look(EMPTY_ZOO)
    .rows.filter(({ model }) => names.includes(model))
    .map(withFigures),
);
const details = { lenet5: await modelDetail('lenet5') };
const datasets = (await datasetRows(undefined)).filter(({ name }) => ['mnist', 'digits'].includes(name));
// The signals of s and x go only to a process that listens.
const listener = () => {};
test.before(() => {
  process.on('SIGUSR2', listener).on('SIGINT', listener);
});
test.after(() => {
  process.off('SIGUSR2', listener).off('SIGINT', listener);
});

const FAILED = { dir: `${folder}/failed`, line: 'cnnzoo train x', form: null, said: '', hasFailed: true };

/** A studio that knows something in every pane. */
function known(): StudioState {
  const state = emptyState(folder, { columns: 120, rows: 40 });
  const run = `${folder}/done`;
  const image = 'digits:test:3';
  const seen: Seen = {
    run,
    image,
    label: '3',
    picture: opaqueRaster(new Uint8Array(28 * 28), 28, 28),
    layers: [
      { name: 'conv2d_1', kind: 'conv2d', shape: [28, 28, 6] },
      { name: 'dense_1', kind: 'dense', shape: [10] },
    ],
    guesses: [{ label: '3', probability: 1 }],
  };
  const all = {
    ...state,
    lists: {
      ...state.lists,
      data: { ...state.lists.data, cursor: 'mnist' },
      runs: { ...state.lists.runs, cursor: `${folder}/lives` },
    },
    zoo: { ...state.zoo, rows, details },
    runs: { ...state.runs, starting: [FAILED], watched: watch.runs, isRead: true },
    look: { ...state.look, run, image, versions: { [run]: 'v1' } },
    data: { ...state.data, rows: datasets },
    machine: {
      findings: [{ name: 'Node.js', state: 'ok' as const, detail: 'v20', fix: null }] as never,
      isExamining: false,
    },
  };
  const question = lookNeeds(all).flatMap((need) => (need.need === 'answer' ? [need.question] : []))[0]!;
  assert.is(question.ask, 'seen');
  return withAnswer(all, question, { found: seen });
}

/** What a key came to, in a line: what is to be done, and what of the state is another, but for what is said. */
function outcome(before: StudioState, after: StudioState, effects: readonly Effect[]): string {
  const done = effects.map((effect) => Object.values(effect).flat().join(' '));
  const changes = changesOf({ ...before, said: null }, { ...after, said: null }, '');
  return [...done, ...changes].join('; ').replaceAll(folder, 'runs').replaceAll(String(process.pid), 'PID');
}

function changesOf(before: unknown, after: unknown, place: string): string[] {
  if (before === after) return [];
  const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (place === 'overlay' && isRecord(after)) return [`opens ${(after as { kind: string }).kind}`];
  if (isRecord(before) && isRecord(after))
    return Object.keys(after as object).flatMap((key) =>
      changesOf(
        (before as Record<string, unknown>)[key],
        (after as Record<string, unknown>)[key],
        place === '' ? key : `${place}.${key}`,
      ),
    );
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [`${place}: ${JSON.stringify(after)}`];
}

/** What a key does, after some keys that lead to where it does something. */
type Wanted = string | readonly [before: readonly string[], outcome: string];

const OWN: Readonly<Record<PaneName, Readonly<Record<string, Wanted>>>> = {
  zoo: {
    t: 'opens form',
    ' ': 'lists.zoo.marks: ["lenet5"]',
    c: [[' ', 'j', ' '], 'command compare lenet5 mnist-basic; opens output'],
    a: 'zoo.view: "drawing"',
    e: 'command summary lenet5 --explain; opens output',
    b: 'command bench lenet5; opens output',
  },
  runs: {
    ' ': 'lists.runs.marks: ["runs/lives"]',
    i: [['j'], 'pane: "look"; focus: "detail"; look.run: "runs/killed"; look.image: null'],
    s: 'signal PID SIGUSR2',
    x: 'signal PID SIGINT; runs.stopping.runs/lives: PID',
    r: [['j'], 'train train --resume runs/killed'],
    t: [['g'], 'opens prompt'],
    e: [['G'], 'command evaluate runs/done --worst 10; opens output'],
    c: [['A'], 'command compare runs/lives runs/killed runs/done; opens output'],
    d: 'runs.view: "settings"',
    w: 'runs.axis: "seconds"',
    '+': 'runs.zoom: [0.25,0.75]',
    '-': [['+', '+'], 'runs.zoom: [0.25,0.75]'],
    '0': [['+', '+'], 'runs.zoom: [0,1]'],
    delete: [['j'], 'opens question'],
  },
  look: {
    n: 'look.image: "digits:test:4"',
    p: 'look.image: "digits:test:2"',
    o: 'opens prompt',
    m: 'look.mistake: 0',
    v: 'look.view: "filters"',
    enter: 'look.place: [14,14]',
    '[': 'look.run: "runs/lives"; look.image: null',
    ']': 'look.run: "runs/killed"; look.image: null',
  },
  data: {
    a: 'data.isAugmented: true',
    f: 'command datasets fetch mnist; opens output',
    v: 'command datasets verify mnist; opens output',
  },
  machine: {
    e: 'examine; machine.isExamining: true',
    b: 'command bench mnist-basic; opens output',
  },
};

const down = 'lists.runs.cursor: "runs/killed"';
const up = [['G'], down] as const;
const first = [['G'], 'lists.runs.cursor: "runs/failed"'] as const;
const last = 'lists.runs.cursor: "runs/done"';
const aside = [['l', 'l'], 'runs.reading: 0'] as const;

/** From the pane of runs, whose cursor is on the first of three. */
const COMMON: Readonly<Record<string, Wanted>> = {
  up,
  k: up,
  down,
  j: down,
  left: aside,
  h: aside,
  right: 'focus: "detail"',
  l: 'focus: "detail"',
  pageup: first,
  'ctrl-b': first,
  pagedown: last,
  'ctrl-f': last,
  home: first,
  g: first,
  end: last,
  G: last,
  enter: 'focus: "detail"',
  tab: 'pane: "look"; focus: "detail"',
  'shift-tab': 'pane: "zoo"',
  '1': 'pane: "zoo"',
  '2': [['1'], 'pane: "runs"'],
  '3': 'pane: "look"; focus: "detail"',
  '4': 'pane: "data"',
  '5': 'pane: "machine"',
  '/': 'opens prompt',
  O: 'lists.runs.sort: "model"',
  I: 'lists.runs.isDescending: false',
  A: 'lists.runs.marks: ["runs/lives","runs/killed","runs/done"]',
  ':': 'opens prompt',
  '?': 'opens help',
  escape: [['l'], 'focus: "list"'],
  'ctrl-z': 'suspend',
  'ctrl-l': 'redraw',
  q: 'leave 0',
  'ctrl-c': 'leave 130',
};

function inPane(pane: PaneName): StudioState {
  return { ...known(), pane, focus: pane === 'look' ? 'detail' : 'list' };
}

function outcomeOf(start: StudioState, key: string, wanted: Wanted): { text: string; before: StudioState } {
  const keys = typeof wanted === 'string' ? [] : wanted[0];
  const before = keys.reduce((state, one) => press(state, one).state, start);
  const { state, effects } = press(before, key);
  return { text: outcome(before, state, effects), before };
}

for (const pane of PANES) {
  test(`${pane.name}: each of its keys does what it is there for`, () => {
    const wanted = OWN[pane.name];
    assert.equal(Object.keys(wanted).sort(), pane.keys.flatMap(({ keys }) => keys).sort());
    for (const [key, one] of Object.entries(wanted))
      assert.is(outcomeOf(inPane(pane.name), key, one).text, typeof one === 'string' ? one : one[1], key);
  });

  test(`${pane.name}: what a key does is what its command line says`, () => {
    for (const binding of pane.keys) {
      for (const key of binding.keys) {
        const { before } = outcomeOf(inPane(pane.name), key, OWN[pane.name][key]!);
        const line = binding.line?.(before) ?? null;
        const { state, effects } = press(before, key);
        const { overlay } = state;
        const said = overlay?.kind === 'question' ? overlay.line : (state.said?.line ?? null);
        const trains = effects.some((effect) => effect.do === 'train');
        // A training says its line once it has a folder.
        if (line !== null && overlay?.kind !== 'form' && !trains) assert.is(said, line, key);
        for (const effect of effects)
          if (effect.do === 'command' || effect.do === 'train') assert.is(line, lineOf(effect.words), key);
      }
    }
  });

  test(`${pane.name}: a key that is not offered does nothing, and none is taken twice`, () => {
    const own = pane.keys.flatMap(({ keys }) => keys);
    assert.is(new Set(own).size, own.length);
    const moves = EVERYWHERE[0]!.keys;
    assert.equal(
      own.filter((key) => moves.includes(key)),
      [],
    );
    const empty = { ...emptyState(folder, { columns: 80, rows: 24 }), pane: pane.name };
    const open = openBindings(empty).flatMap(({ keys }) => keys);
    for (const state of [empty, inPane(pane.name)])
      for (const key of [
        'f12',
        'Z',
        '~',
        ...(state === empty ? own.filter((one) => !open.includes(one)) : []),
      ])
        assert.equal(press(state, key), { state, effects: [] }, key);
    for (const { label, help } of pane.keys) {
      assert.ok(label.length > 1 && label.length < 24, label);
      assert.ok(help.length > label.length && !help.endsWith('.'), help);
    }
  });
}

test('the keys of every pane do what they are there for', () => {
  assert.equal(Object.keys(COMMON).sort(), EVERYWHERE.flatMap(({ keys }) => keys).sort());
  for (const [key, one] of Object.entries(COMMON)) {
    const start = inPane('runs');
    assert.is(outcomeOf(start, key, one).text, typeof one === 'string' ? one : one[1], key);
  }
});

test('without rows nothing that needs one can be done, and a key throws nothing anywhere', () => {
  const all = [
    ...new Set([...Object.keys(COMMON), ...Object.values(OWN).flatMap((one) => Object.keys(one))]),
  ];
  for (const name of PANE_NAMES) {
    for (const focus of ['list', 'detail'] as const) {
      const empty = { ...emptyState(folder, { columns: 60, rows: 18 }), pane: name, focus };
      for (const key of all) {
        const { effects } = press(empty, key);
        const allowed = ['leave', 'suspend', 'redraw', ...(name === 'machine' ? ['examine', 'command'] : [])];
        assert.equal(
          effects.filter((effect) => !allowed.includes(effect.do)),
          [],
          `${name}: ${key}`,
        );
      }
    }
  }
});

/** The text of the line at the bottom. */
function footer(state: StudioState): string {
  const width = state.size.columns;
  return footerLine(state, width, createTheme(0, true))
    .map(({ text }) => text)
    .join('');
}

const pressed = (state: StudioState, ...keys: readonly string[]) =>
  keys.reduce((now, key) => press(now, key).state, state);

test('look: the command line is of the value that is shown, and of the layer again behind it', () => {
  const start = inPane('look');
  const line = (...keys: readonly string[]) => pressed(start, ...keys).said?.line?.replaceAll(folder, 'runs');
  const apply = 'cnnzoo apply runs/done digits:test:3';
  const features = 'cnnzoo visualize features runs/done digits:test:3';
  assert.is(line('enter', 'enter'), `${apply} --layer conv2d_1 --at 14,14,0`);
  assert.is(line('enter', 'enter', 'up', 'left'), `${apply} --layer conv2d_1 --at 13,13,0`);
  for (const key of ['escape', 'enter'])
    assert.is(line('enter', 'enter', 'up', key), `${features} --layer conv2d_1`);
  assert.is(line('right', 'enter', 'down'), `${apply} --layer dense_1 --at 1`);
  assert.is(line('right', 'enter', 'left'), `${features} --layer conv2d_1`);
  const responses = 'cnnzoo visualize responses runs/done --layer';
  assert.is(line('v', 'v', 'right'), `${responses} dense_1`);
  assert.is(line('v', 'v', 'v'), 'cnnzoo visualize gradcam runs/done digits:test:3 --layer conv2d_1');
  assert.is(line('enter', 'enter', ']'), undefined);
});

test('look: the footer has what matters most at 60 columns, and the keys of a value while one is gone over', () => {
  const start = { ...inPane('look'), size: { columns: 60, rows: 18 } };
  assert.is(footer(start), 'enter value  v view  m mistakes  n p next  ? help  q quit  ');
  assert.match(
    footer(pressed(start, 'enter')),
    /^arrows value {2}enter arithmetic {2}esc back .*\? help {2}q quit {2}$/,
  );
  const value = footer(pressed(start, 'enter', 'enter'));
  assert.match(value, /^arrows value {2}esc enter back {2}v view {2}.*\? help {2}q quit {2}$/);
  assert.match(footer(pressed(start, 'right', 'enter')), /^up down value {2}esc enter back /);
});

/** What stands above the prompt. */
function hintsOf({ overlay, size }: StudioState): string {
  if (overlay?.kind !== 'prompt') return '';
  const { hints } = promptLines(overlay, size.columns, createTheme(0, true));
  return hints.map((line) => line.map(({ text }) => text).join('')).join(' ');
}

test('look: the prompt of a picture says what may be typed, and what is wrong with it, and nothing is lost by that', () => {
  const start = { ...pressed(inPane('look'), 'right'), size: { columns: 60, rows: 18 } };
  const open = pressed(start, 'o');
  assert.match(hintsOf(open), /7 is a number, =7 a class/);
  const before = seenOf(start);
  const asked = pressed(open, '=', 'x', 'enter');
  assert.is(seenOf(asked), before);
  assert.match(hintsOf(asked), /=x/);
  const [need] = lookNeeds(asked).filter(({ need: kind }) => kind === 'answer');
  const question = (need as Extract<typeof need, { need: 'answer' }>).question;
  assert.is(question.ask === 'seen' && question.image, 'digits:test:=x');
  const problem = 'There is no class "x": there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, and that is all there are.';
  const wrong = withAnswer(asked, question, { problem });
  assert.is(hintsOf(wrong), problem);
  assert.is(seenOf(wrong), before);
  assert.match(hintsOf(pressed(wrong, 'backspace')), /=7 a class/);
  const left = pressed(wrong, 'escape');
  assert.is(left.pane, 'look');
  assert.is(left.overlay, null);
  assert.is(seenOf(left), before);
  assert.is(left.look.layer, start.look.layer);
  // What was wrong before is asked for again.
  const again = pressed(wrong, 'enter');
  assert.equal(lookNeeds(again)[1], need);
  assert.is(isAnswered(again, question), false);
  const found = withAnswer(again, question, { found: { ...(before as Seen), image: 'digits:test:9' } });
  assert.is(found.overlay, null);
  assert.is((seenOf(found) as Seen).image, 'digits:test:9');
  assert.match(found.said!.line!, /^cnnzoo predict .*done digits:test:9$/);
  // Who leaves the prompt meanwhile stays with what is shown.
  const late = withAnswer(pressed(again, 'escape'), question, { found: before as Seen });
  assert.is(late.look.image, start.look.image);
  // The picture that is shown already is there at once.
  const same = pressed(open, '3', 'enter');
  assert.is(same.overlay, null);
  assert.is(seenOf(same), before);
});

test.run();
