import { test } from 'uvu';
import * as assert from 'uvu/assert';
import '../../../support/flags.js';
import { thisProcess } from '../../../../src/base/machine/owner.js';
import { readFlags } from '../../../../src/cli/flags.js';
import { command } from '../../../../src/commands/runs/train.js';
import { datasetRows } from '../../../../src/data/listing.js';
import { loadModel } from '../../../../src/models/zoo.js';
import { RunWatch } from '../../../../src/runs/watch/run-watch.js';
import { createTheme } from '../../../../src/terminal/theme.js';
import { specWithSettings } from '../../../../src/training/settings/settings.js';
import { paste, press } from '../../../../src/ui/studio/keys/press.js';
import { formLines, withProblem } from '../../../../src/ui/studio/overlays/form.js';
import { currentRun } from '../../../../src/ui/studio/panes/runs/run-keys.js';
import { begun, failed } from '../../../../src/ui/studio/panes/runs/started.js';
import { lineOf } from '../../../../src/ui/studio/parts/words.js';
import { saveState, withSaved } from '../../../../src/ui/studio/services/saved.js';
import { ZooRows } from '../../../../src/ui/studio/services/zoo-rows.js';
import { modelDetail, trainingChoices, withFigures } from '../../../../src/ui/studio/services/zoo-source.js';
import type { Effect } from '../../../../src/ui/studio/state/effect.js';
import type { FormOverlay, OutputOverlay } from '../../../../src/ui/studio/state/overlay.js';
import { emptyState, type StudioState } from '../../../../src/ui/studio/state/studio-state.js';
import { EMPTY_ZOO } from '../../../../src/ui/studio/state/zoo-state.js';
import { temporaryFolder } from '../../../support/folders.js';
import { GONE, writeRun } from '../../../support/runs.js';

const names = ['lenet5', 'mnist-basic', 'mnist-mlp'];
const rows = await Promise.all(
  new ZooRows()
    .look(EMPTY_ZOO)
    .rows.filter(({ model }) => names.includes(model))
    .map(withFigures),
);
const choices = await trainingChoices(['digits'], command);
const folder = temporaryFolder();
writeRun(folder, 'done-a', { created: '2026-08-01T10:00:00.000Z', accuracy: 0.99 });
writeRun(folder, 'done-b', { created: '2026-08-01T11:00:00.000Z', accuracy: 0.95 });
writeRun(folder, 'killed', { status: 'running', owner: GONE, done: 1, created: '2026-08-01T12:00:00.000Z' });
writeRun(folder, 'lives', {
  status: 'running',
  owner: thisProcess(),
  done: 1,
  created: '2026-08-01T13:00:00.000Z',
});
const watch = new RunWatch(folder);
watch.look();

async function start(): Promise<StudioState> {
  const state = emptyState('runs', { columns: 80, rows: 24 });
  const details = { lenet5: await modelDetail('lenet5') };
  return {
    ...state,
    zoo: { ...state.zoo, rows, choices, details },
    runs: { ...state.runs, watched: watch.runs, isRead: true },
  };
}

/** The state after some keys, and all that they want done. */
function keys(
  state: StudioState,
  ...pressed: readonly string[]
): { state: StudioState; effects: readonly Effect[] } {
  const effects: Effect[] = [];
  let now = state;
  for (const key of pressed) {
    const taken = press(now, key);
    now = taken.state;
    effects.push(...taken.effects);
  }
  return { state: now, effects };
}

test('numbers and tab lead through the panes, escape back to the list', async () => {
  const state = await start();
  assert.is(keys(state, '2').state.pane, 'runs');
  assert.is(keys(state, 'tab', 'tab').state.pane, 'look');
  assert.is(keys(state, 'shift-tab').state.pane, 'machine');
  const inside = keys(state, 'enter', 'j', 'j').state;
  assert.is(inside.focus, 'detail');
  assert.is(inside.zoo.layer, 2);
  assert.is(keys(inside, 'escape').state.focus, 'list');
  assert.is(keys(inside, 'h').state.focus, 'list');
});

test('a model is trained by a form with its config, as a process that gets a folder of its own', async () => {
  const state = await start();
  const form = keys(state, 't').state;
  assert.is(form.overlay?.kind, 'form');
  const fields =
    form.overlay?.kind === 'form' ? form.overlay.fields.map(({ key, input }) => `${key} ${input.text}`) : [];
  assert.equal(fields, [
    'dataset mnist',
    'epochs 10',
    'batchSize 64',
    'optimizer adam',
    'learningRate 0.001',
    'limit ',
    'validationSplit ',
    'seed 1',
  ]);
  const { state: after, effects } = keys(form, 'left', 'down', 'ctrl-u', '2', 'enter');
  const [train] = effects as [Extract<Effect, { do: 'train' }>];
  assert.equal(train.words, ['train', 'lenet5', '--dataset', 'digits', '--epochs', '2']);
  // It may be wrong, and is mended then.
  assert.is(after.overlay?.kind, 'form');
});

test('the first character takes the place of what a field holds, editing keys change it', async () => {
  const epochs = keys(await start(), 't', 'down').state;
  const of = ({ overlay }: StudioState, at = 1) =>
    overlay?.kind === 'form' ? overlay.fields[at]!.input.text : undefined;
  assert.is(of(keys(epochs, '3').state), '3');
  assert.is(of(keys(epochs, '3', '0').state), '30');
  assert.is(of(keys(epochs, '3', 'up', 'down', '0').state), '30');
  assert.is(of(keys(epochs, 'backspace', '2').state), '12');
  assert.is(of(keys(epochs, 'left', '5').state), '150');
  // What was chosen is not written yet, nor what follows another field.
  assert.is(of(keys(epochs, 'up', 'right', 'm').state, 0), 'm');
  assert.is(of(keys(epochs, 'down', 'down', 's', 'g', 'd', 'down', '1').state, 4), '1');
});

test('a form says which data set is not on this machine, and what is trained on then', async () => {
  const { state } = keys(await start(), 't');
  const digits = (await datasetRows(undefined)).filter(({ name }) => name === 'digits');
  const mnist = { ...digits[0]!, name: 'mnist', kind: 'download' as const, available: false };
  const said = (now: StudioState, datasets = [mnist, ...digits]) =>
    formLines(now.overlay as FormOverlay, { width: 100, height: 20 }, createTheme(0, true), datasets)
      .map((line) => line.map(({ text }) => text).join(''))
      .join('\n');
  assert.match(said(state), /data set +\[mnist .*\] {2}not on this machine/);
  assert.match(said(state), /fetches it first, or trains on digits where that fails/);
  assert.not.match(said(state, [{ ...mnist, available: true }]), /not on this machine/);
  assert.not.match(said(keys(state, ...'digits').state), /not on this machine/);
});

test('the form has what the command would take: the rate of another optimizer, unless one is typed', async () => {
  const state = keys(await start(), 't', 'down', 'down', 'down').state;
  const rateOf = ({ overlay }: StudioState) =>
    overlay?.kind === 'form' ? overlay.fields.find(({ key }) => key === 'learningRate')! : undefined;
  const trained = (now: StudioState) => {
    const [effect] = keys(now, 'enter').effects as [Extract<Effect, { do: 'train' }>];
    return effect.words.slice(2);
  };
  const taken = (words: readonly string[]) => {
    const { flags } = readFlags(words, command.options, 'train');
    const values = Object.fromEntries(flags.map(({ key, value }) => [key, value]));
    return specWithSettings((overrides) => loadModel('lenet5', overrides), values).config.training.optimizer;
  };
  const sgd = keys(state, 'ctrl-u', 's', 'g', 'd').state;
  assert.equal(trained(sgd), ['--optimizer', 'sgd']);
  assert.is(rateOf(sgd)!.input.text, String(taken(trained(sgd))!.learningRate));
  assert.is(rateOf(sgd)!.input.text, '0.01');
  assert.is(rateOf(sgd)!.usualOf, 'sgd');
  const back = keys(sgd, 'ctrl-u', 'a', 'd', 'a', 'm').state;
  assert.is(rateOf(back)!.input.text, '0.001');
  assert.equal(trained(back), []);
  const typed = keys(state, 'down', 'ctrl-u', '0', '.', '1', 'up', 'ctrl-u', 's', 'g', 'd').state;
  assert.is(rateOf(typed)!.input.text, '0.1');
  assert.equal(trained(typed), ['--optimizer', 'sgd', '--learning-rate', '0.1']);
});

test('a form that is filled in wrongly goes to the field whose flag is named', async () => {
  const { state } = keys(await start(), 't');
  const form = state.overlay as FormOverlay;
  const text = '--epochs 0: training.epochs must be a whole number of at least 1, got 0.';
  const after = withProblem(state, form, text);
  assert.is(after.overlay?.kind === 'form' && after.overlay.at, 1);
  assert.is(after.said!.text, text);
});

test('a training that failed to start is tried again from its form, and its row goes without a question', async () => {
  const form = keys(await start(), 't', ...'mnist', 'down', '3').state;
  const [train] = keys(form, 'enter').effects as [Extract<Effect, { do: 'train' }>];
  const dir = `${folder}/lenet5-new`;
  const line = lineOf([...train.words, '--run-dir', dir]);
  const running = begun(form, { dir, line, asked: train.words, isResumed: false });
  const after = failed(running, dir, 'The data set is not here.');
  assert.is(currentRun(after)?.condition, 'failed');
  for (const key of ['r', 't']) {
    const { overlay } = keys(after, key).state;
    assert.equal(overlay, { ...(form.overlay as FormOverlay), problem: null }, key);
  }
  assert.is(currentRun(keys(after, 'g').state)?.dir, dir, 'the latest first');
  const damaged = { ...watch.runs[0]!, dir: 'x', condition: 'damaged' as const, brief: null };
  const withDamaged = { ...after, runs: { ...after.runs, watched: [damaged, ...watch.runs] } };
  assert.is(currentRun(keys(withDamaged, 'G').state)?.dir, 'x', 'what cannot be read last');
  const gone = keys(after, 'delete');
  assert.equal(gone.effects, []);
  assert.equal(gone.state.runs.starting, []);
  assert.equal(keys(after, 'A').state.lists.runs.marks.includes(dir), false);
  // One that was typed is typed again.
  const typed = failed(
    begun({ ...form, overlay: null }, { dir, line, asked: train.words, isResumed: false }),
    dir,
    '',
  );
  const { overlay } = keys(typed, 'r').state;
  assert.is(overlay?.kind === 'prompt' && overlay.input.text, line.replace('cnnzoo ', ''));
});

test('what differs is of the runs that were asked about: another cursor or mark shows the curves again', async () => {
  const differs = keys(await start(), '2', 'd').state;
  assert.is(differs.focus, 'list');
  const narrow = { ...(await start()), size: { columns: 60, rows: 18 } };
  assert.is(keys(narrow, '2', 'd').state.focus, 'detail');
  assert.is(differs.runs.view, 'settings');
  for (const key of ['j', ' ', 'G', 'A']) assert.is(keys(differs, key).state.runs.view, 'curves', key);
  const env = { XDG_STATE_HOME: temporaryFolder() };
  saveState(differs, env);
  assert.is(withSaved(await start(), env).runs.view, 'curves');
});

test('a paste is text where text is typed, and no keys anywhere else', async () => {
  const state = await start();
  for (const before of [[], ['2'], ['2', 'j', 'delete'], ['?'], ['e']]) {
    const { state: at } = keys(state, ...before);
    const { state: after, effects } = paste(at, 'q\ny');
    assert.equal(effects, [], before.join(' '));
    assert.equal({ ...after, said: null }, { ...at, said: null }, before.join(' '));
  }
  const epochs = paste(keys(state, 't', 'down').state, '1\r\n2').state.overlay as FormOverlay;
  assert.equal(epochs.fields[1]!.input, { text: '1 2', at: 3 });
  const typed = paste(keys(state, ':', 'l', 'left').state, 'train\tx\u0007\n').state.overlay;
  assert.is(typed?.kind === 'prompt' && typed.input.text, 'train x l');
  assert.is(paste(keys(state, '2', '/').state, 'acc>0.96').state.lists.runs.filter, 'acc>0.96');
});

test('numbers and tab lead from what a command has said, and from the help, to a pane; no key is swallowed without a word', async () => {
  const working = keys(await start(), 'e').state;
  assert.is(keys(working, '2').state.overlay?.kind, 'output');
  assert.match(keys(working, '2').state.said!.text, /at work/);
  const over = { ...working, overlay: { ...(working.overlay as OutputOverlay), code: 0 } };
  for (const [key, pane] of [
    ['2', 'runs'],
    ['5', 'machine'],
    ['tab', 'runs'],
    ['shift-tab', 'machine'],
  ] as const) {
    const { state } = keys(over, key);
    assert.equal([state.overlay, state.pane], [null, pane], key);
    assert.is(keys(over, 'escape', '?', key).state.pane, pane);
  }
  for (const key of ['/', 't', 'x']) assert.match(keys(over, key).state.said!.text, /esc goes back/);
});

test('marks are compared; without any the row under the cursor is', async () => {
  const state = await start();
  assert.equal(keys(state, ' ', 'j', ' ', 'c').effects, [
    { do: 'command', words: ['compare', 'lenet5', 'mnist-basic'] },
  ]);
  assert.equal(keys(state, 'j', 'c').effects, [{ do: 'command', words: ['compare', 'mnist-basic'] }]);
  assert.is(keys(state, 'c').state.said!.line, 'cnnzoo compare lenet5');
});

test('runs: the latest first; a living one is stopped, a killed one is gone on with, one is removed after a question', async () => {
  const runs = keys(await start(), '2').state;
  const { pid } = process;
  const listener = () => {};
  process.on('SIGUSR2', listener).on('SIGINT', listener);
  assert.equal(keys(runs, 's').effects, [{ do: 'signal', pid, signal: 'SIGUSR2' }]);
  const stopped = keys(runs, 'x');
  assert.equal(stopped.effects, [{ do: 'signal', pid, signal: 'SIGINT' }]);
  assert.is(stopped.state.said!.line, `kill -INT ${pid}`);
  const again = keys(stopped.state, 'x');
  assert.equal(again.effects, []);
  assert.is(again.state.overlay?.kind, 'question');
  assert.equal(keys(again.state, 'x').effects, []);
  assert.equal(keys(again.state, 'y').effects, [{ do: 'signal', pid, signal: 'SIGKILL' }]);
  assert.equal(keys(stopped.state, 's').effects, []);
  process.off('SIGUSR2', listener).off('SIGINT', listener);
  const dir = `${folder}/killed`;
  assert.equal(keys(runs, 'j', 'r').effects, [{ do: 'train', words: ['train', '--resume', dir] }]);
  assert.equal(keys(runs, 'j', 'delete').effects, []);
  assert.equal(keys(runs, 'j', 'delete', 'n').effects, []);
  assert.equal(keys(runs, 'j', 'delete', 'y').effects, [{ do: 'remove', dirs: [dir] }]);
  assert.match(keys(runs, 'delete').state.said!.text, /being trained/);
  assert.equal(keys(runs, 'r').effects, []);
});

test('a filter is at work while it is typed; escape takes it back, and later away', async () => {
  const state = keys(await start(), '2', '/', ...'acc>0.96').state;
  assert.is(state.lists.runs.filter, 'acc>0.96');
  assert.is(keys(state, 'escape').state.lists.runs.filter, '');
  const kept = keys(state, 'enter').state;
  assert.is(kept.overlay, null);
  assert.is(kept.lists.runs.filter, 'acc>0.96');
  assert.is(keys(kept, 'escape').state.lists.runs.filter, '');
});

test('the cursor stays on its row while a filter has it, and is back on it when the filter is given up', async () => {
  const runs = keys(await start(), '2', 'j', 'j').state;
  const cursor = runs.lists.runs.cursor!;
  assert.match(cursor, /done-b$/);
  const under = (state: StudioState) => currentRun(state)?.dir;
  assert.is(under(keys(runs, '/', ...'done').state), cursor);
  const hidden = keys(runs, '/', ...'acc>0.96').state;
  assert.match(under(hidden)!, /done-a$/);
  assert.is(under(keys(hidden, 'escape').state), cursor);
  assert.is(under(keys(hidden, 'enter', 'escape').state), cursor);
});

test('a command that is typed runs, a training by itself, and one that asks gets the terminal', async () => {
  const state = await start();
  const typed = (line: string) => keys(state, ':', ...line, 'enter');
  assert.equal(typed('list lenet5').effects.at(-1), { do: 'command', words: ['list', 'lenet5'] });
  assert.equal(typed("cnnzoo summary 'my net.yaml'").effects.at(-1), {
    do: 'command',
    words: ['summary', 'my net.yaml'],
  });
  assert.equal(typed('apply lenet5 --steps').effects.at(-1), {
    do: 'lend',
    words: ['apply', 'lenet5', '--steps'],
  });
  assert.equal(typed('lesson windows --quick').effects.at(-1), {
    do: 'lend',
    words: ['lesson', 'windows', '--quick'],
  });
  // The list of lessons asks nothing, and would be gone at once.
  assert.is(typed('lesson').effects.at(-1)!.do, 'command');
  assert.is(typed('lesson windows --auto').effects.at(-1)!.do, 'command');
  const train = typed('train lenet5 --epochs 1').effects.at(-1) as Extract<Effect, { do: 'train' }>;
  assert.is(train.do, 'train');
  assert.equal(typed('train --resume runs/x').effects.at(-1), {
    do: 'train',
    words: ['train', '--resume', 'runs/x'],
  });
  assert.equal(typed('train --help').effects.at(-1), { do: 'command', words: ['train', '--help'] });
  assert.equal(typed('q').effects.at(-1), { do: 'leave', code: 0 });
  assert.match(typed("list 'x").state.said!.text, /quote is not closed/);
  assert.equal(typed('list').state.history, ['list']);
  const shown = typed('list').state;
  const again = keys({ ...shown, overlay: null }, ':', 'up').state.overlay;
  assert.is(again?.kind === 'prompt' && again.input.text, 'list');
});

test('leaving is 0 by q and 130 by Ctrl-C, and Ctrl-Z suspends wherever it is pressed', async () => {
  const state = await start();
  assert.equal(keys(state, 'q').effects, [{ do: 'leave', code: 0 }]);
  assert.equal(keys(state, 'ctrl-c').effects, [{ do: 'leave', code: 130 }]);
  for (const before of ['t', ':', '?', '/'])
    assert.equal(keys(state, before, 'ctrl-z').effects.at(-1), { do: 'suspend' });
});

test('order goes through the columns, and turns round', async () => {
  const runs = keys(await start(), '2').state;
  assert.is(runs.lists.runs.sort, 'created');
  let state = runs;
  while (state.lists.runs.sort !== 'accuracy') state = keys(state, 'O').state;
  assert.is(state.lists.runs.isDescending, true);
  assert.is(keys(state, 'I').state.lists.runs.isDescending, false);
});

test.run();
