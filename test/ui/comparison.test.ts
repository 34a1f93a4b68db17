import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { StopRequest } from '../../src/runs/events.js';
import { createComparisonView } from '../../src/ui/comparison-view.js';
import type { PlannedTraining } from '../../src/ui/lines/views.js';
import { firstShown, planComparisonScreen } from '../../src/ui/state/comparison-plan.js';
import { ComparisonState } from '../../src/ui/state/comparison-state.js';
import { endEvent, startEvent, stepEvent, trainingEvents } from '../support/screens/ui-events.js';
import { ENV, frame } from '../support/screens/ui-live.js';
import { FakeKeyboard, FakeTerminal } from '../support/screens/ui-terminal.js';

const planned = (model: string, seed: number, done: PlannedTraining['done'] = null): PlannedTraining => ({
  label: `${model}, seed ${seed}`,
  model,
  macs: model === 'small' ? 100 : 400,
  done,
});
const PLANS = [1, 2].flatMap((seed) => [planned('small', seed), planned('large', seed)]);

async function setup(columns = 100, rows = 30, plans: readonly PlannedTraining[] = PLANS, env: object = ENV) {
  const [stderr, keyboard] = [new FakeTerminal(columns, rows), new FakeKeyboard()];
  const requests: StopRequest[] = [];
  const view = await createComparisonView({
    runs: plans,
    jobs: 1,
    stderr: stderr as unknown as NodeJS.WriteStream,
    stdin: keyboard as unknown as NodeJS.ReadStream,
    env: env as NodeJS.ProcessEnv,
    color: undefined,
    requestStop: (request) => requests.push(request),
  });
  return { view, stderr, keyboard, requests };
}

test('all runs are on the screen: done, training and to come', async () => {
  const { view, stderr } = await setup();
  view.handle({ index: 0, event: startEvent({ epochs: 2 }) });
  for (const event of trainingEvents(2)) view.handle({ index: 0, event });
  view.handle({ index: 0, event: endEvent({ testAccuracy: 0.9512, testLoss: 0.1512, seconds: 12 }) });
  view.handle({ index: 1, event: startEvent({ epochs: 2 }) });
  view.handle({ index: 1, event: stepEvent({ step: 422, epochLoss: 1.5, epochAccuracy: 0.5 }) });
  await frame(stderr);
  const lines = stderr.screen();
  await view.close();
  const at = lines.findIndex((line) => line.startsWith('✓'));
  assert.match(lines[0]!, /^loss +accuracy$/);
  assert.match(lines.slice(0, at).join('\n'), /o[\s\S]*x/, 'the marks of both models are in the charts');
  assert.match(lines.slice(0, at).join('\n'), /^ {2}epoch 0.* 2 +epoch 0.* 2$/m);
  assert.is(lines[at], '✓ o small, seed 1   95.12 % on test images  loss 0.1512     12s');
  assert.match(
    lines[at + 1]!,
    /^▸ x large, seed 1 {2}━+╸?─+ {2}25 % {2}loss 1\.5000 {2}accuracy 50\.00 % {2}2m 30s left$/,
  );
  assert.equal(lines.slice(at + 2, at + 4), ['  o small, seed 2', '  x large, seed 2']);
  assert.match(lines[at + 5]!, /^1 of 4 runs {2}━.*%.*left$/);
  assert.is(lines[at + 6], 's stop after this run   q stop now');
});

test('what stays is a picture of the runs, and the terminal is put back', async () => {
  const { view, stderr, keyboard } = await setup(60, 20);
  view.handle({ index: 0, event: startEvent() });
  view.notice({ event: 'notice', level: 'warning', message: 'two pictures are damaged' });
  view.handle({ index: 0, event: endEvent({ reason: 'interrupted', testAccuracy: null, testLoss: null }) });
  await frame(stderr);
  assert.ok(keyboard.isRaw);
  await view.close();
  const text = stderr.history().join('\n');
  assert.match(text, /warning: two pictures are damaged/);
  assert.match(text, /■ (o )?small, seed 1 {2}interrupted\n {2}(x )?large, seed 1\n/);
  assert.not.match(text, /stop now/);
  assert.not(keyboard.isRaw);
  assert.ok(stderr.cursorShown);
});

test('keys ask to stop after the run, and at once', async () => {
  const { view, stderr, keyboard, requests } = await setup();
  view.handle({ index: 0, event: startEvent() });
  await frame(stderr);
  keyboard.press('s');
  assert.match(stderr.screen().at(-1)!, /^stopping after this run…/);
  keyboard.press('q');
  assert.match(stderr.screen().at(-1)!, /^saving…/);
  assert.equal(requests, ['after-epoch', 'now']);
  await view.close();
});

test('it fits every terminal, and the run that trains is always in sight', async () => {
  for (const [columns, rows] of [
    [24, 6],
    [60, 14],
    [80, 24],
    [200, 50],
  ] as const) {
    const plans = Array.from({ length: 30 }, (_, seed) => planned('small', seed));
    const { view, stderr } = await setup(columns, rows, plans);
    view.handle({ index: 20, event: startEvent() });
    view.handle({ index: 20, event: stepEvent({ step: 100 }) });
    await frame(stderr);
    const lines = stderr.screen();
    await view.close();
    assert.not(stderr.hasWrapped, `${columns}x${rows}`);
    assert.ok(lines.length < rows, `${columns}x${rows}: ${lines.length} rows`);
    assert.ok(
      lines.some((line) => line.startsWith('▸')),
      `${columns}x${rows}:\n${lines.join('\n')}`,
    );
  }
});

test('the plan never takes more rows than there are', () => {
  for (let rows = 3; rows < 60; rows++) {
    for (const columns of [30, 80]) {
      for (const runs of [1, 4, 40]) {
        const plan = planComparisonScreen({ columns, rows }, runs, true);
        const charts = plan.chart === 0 ? 0 : (plan.sideBySide ? 1 : 2) * (plan.chart + 1) + plan.gap;
        assert.ok(
          charts + plan.runs + plan.gap + 2 <= Math.max(2, rows - 1),
          `${columns}x${rows}, ${runs} runs`,
        );
      }
    }
  }
  assert.equal([firstShown(10, 4, 0), firstShown(10, 4, 5), firstShown(10, 4, 9)], [0, 3, 6]);
});

test('the time that is left is that of other runs of the model, or by its multiply-accumulates', () => {
  let now = 0;
  const state = new ComparisonState(PLANS, () => now);
  assert.is(state.secondsLeft, Number.POSITIVE_INFINITY);
  state.handle({ index: 0, event: startEvent({ epochs: 1 }) });
  now = 5000;
  state.handle({ index: 0, event: stepEvent({ step: 422, runEtaSeconds: 5 }) });
  // 5 s are left of 10 s for 100 MACs: 40 s for either large one, 10 s for the other small one.
  assert.is(state.secondsLeft, 5 + 40 + 10 + 40);
  assert.is(state.fraction, 5 / 100);
  state.handle({ index: 0, event: endEvent({ seconds: 20 }) });
  assert.is(state.secondsLeft, 80 + 20 + 80);
  assert.is(state.done, 1);
});

test('elsewhere each run has its lines under one that names it', async () => {
  const { view, stderr } = await setup(80, 24, PLANS, { ...ENV, CI: 'true' });
  view.handle({ index: 2, event: startEvent({ epochs: 1 }) });
  view.handle({ index: 2, event: endEvent({ epochs: 1, seconds: 3 }) });
  await view.close();
  const lines = stderr.history();
  assert.is(lines[0], 'run 3 of 4: small, seed 2');
  assert.is(lines.at(-1), 'done: 1 epoch in 3.0s, test accuracy 99.15 %, test loss 0.0271');
});

test.run();
