import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endEvent, startEvent, stepEvent, trainingEvents } from '../support/screens/ui-events.js';
import { ENV, frame, type Setup, setup } from '../support/screens/ui-live.js';

test('frames come by themselves', async () => {
  const { renderer, stderr } = await setup();
  renderer.handle(startEvent());
  renderer.handle(stepEvent({ step: 422 }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const text = stderr.screen().join('\n');
  await renderer.close();
  assert.ok(text.includes('422 of 844'), text);
});

test('keys ask to stop, and the screen says so', async () => {
  const { renderer, stderr, keyboard, requests } = await setup();
  renderer.handle(startEvent());
  await frame(stderr);
  assert.ok(keyboard.isRaw);
  keyboard.press('x');
  assert.equal(requests, []);
  keyboard.press('s');
  keyboard.press('s');
  assert.equal(requests, ['after-epoch']);
  assert.ok(stderr.screen().join('\n').includes('stopping after this epoch…  q stop now'));
  keyboard.press('q');
  keyboard.press('s');
  assert.equal(requests, ['after-epoch', 'now']);
  assert.ok(stderr.screen().join('\n').includes('saving…  Ctrl-C now leaves at once, unsaved'));
  await renderer.close();
  assert.not(keyboard.isRaw);
  assert.ok(stderr.cursorShown);
});

test('Ctrl-C asks to stop now', async () => {
  const { renderer, stderr, keyboard, requests } = await setup();
  renderer.handle(startEvent());
  await frame(stderr);
  keyboard.press('\u0003');
  await renderer.close();
  assert.equal(requests, ['now']);
});

test('keys that come in one piece all count', async () => {
  const { renderer, stderr, keyboard, requests } = await setup();
  renderer.handle(startEvent());
  await frame(stderr);
  keyboard.press('s\u0003');
  await renderer.close();
  assert.equal(requests, ['after-epoch', 'now']);
});

test('without a keyboard the screen is there, and a signal shows on it', async () => {
  const { renderer, stderr, requests } = await setup({ stdin: {} });
  renderer.handle(startEvent());
  await frame(stderr);
  assert.is(stderr.screen().at(-1), 'Ctrl-C stop now');
  renderer.stopping('now');
  assert.ok(stderr.screen().at(-1)?.startsWith('saving…'));
  await renderer.close();
  assert.equal(requests, []);
});

test('what is not a number is said, not drawn', async () => {
  const { renderer, stderr } = await setup();
  renderer.handle(startEvent());
  for (const loss of [2, Number.NaN, Number.POSITIVE_INFINITY])
    renderer.handle(
      stepEvent({
        loss,
        epochLoss: loss,
        epochAccuracy: loss,
        runEtaSeconds: Number.NaN,
        imagesPerSecond: Number.NaN,
      }),
    );
  renderer.handle(stepEvent({ step: 2, loss: Number.NaN, epochLoss: Number.NaN, epochAccuracy: 0.5 }));
  await frame(stderr);
  const text = stderr.screen().join('\n');
  await renderer.close();
  assert.match(text, /loss NaN/);
});

test('notices stay above the screen, those from before it too, and libraries that write to the console end up there', async () => {
  const { renderer, stderr } = await setup();
  const { warn } = console;
  renderer.handle({ event: 'notice', level: 'notice', message: 'MNIST cannot be had: training on digits' });
  renderer.handle(startEvent());
  console.warn('an API is %s', 'deprecated');
  renderer.handle({
    event: 'notice',
    level: 'warning',
    message: `two\nlines \u001b[31min ${'red '.repeat(30)}`,
  });
  await frame(stderr);
  const lines = stderr.screen();
  await renderer.close();
  assert.is(console.warn, warn);
  assert.equal(lines.slice(0, 4), [
    'notice: MNIST cannot be had: training on digits',
    'warning: an API is deprecated',
    'warning: two\\nlines \\x1b[31min red red red red red red red red red red red',
    '  red red red red red red red red red red red red red red red red red red red',
  ]);
});

test('at the end a picture stays, and the result goes to standard output', async () => {
  const { renderer, stderr, stdout } = await setup();
  renderer.handle(startEvent());
  for (const event of trainingEvents(12)) renderer.handle(event);
  renderer.handle(endEvent());
  await renderer.close();
  await renderer.close();
  const lines = stderr.screen();
  assert.is(lines.at(-1), 'done: 12 epochs in 2m 28s, test accuracy 99.15 %, test loss 0.0271');
  assert.not(lines.some((line) => line.includes('━') || line.includes('stop')));
  assert.ok(lines.some((line) => line.startsWith('loss ')));
  assert.is(
    stdout.raw,
    `test accuracy  99.15 % of 10,000 images
test loss      0.0271
trained        12 epochs in 2m 28s
run folder     runs/mnist-basic-1
next           cnnzoo evaluate runs/mnist-basic-1
`,
  );
});

test('colour only where the terminal has it and nobody minds', async () => {
  const shown = async (options: Setup): Promise<string> => {
    const { renderer, stderr } = await setup(options);
    renderer.handle(startEvent());
    await frame(stderr);
    await renderer.close();
    return stderr.raw;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const sgr = /\u001b\[[\d;]*m/;
  assert.match(await shown({ colorDepth: 8 }), sgr);
  assert.not.match(await shown({ colorDepth: 8, env: { ...ENV, NO_COLOR: '1' } }), sgr);
  assert.match(await shown({ colorDepth: 1, env: { ...ENV, FORCE_COLOR: '1' } }), sgr);
  assert.not.match(await shown({ colorDepth: 1 }), sgr);
});

test('plain lines instead of a screen in CI, on dumb terminals and for JSON on the same terminal', async () => {
  for (const env of [
    { ...ENV, CI: '1' },
    { ...ENV, TERM: 'dumb' },
  ]) {
    const { renderer, stderr } = await setup({ env });
    renderer.handle(startEvent());
    await renderer.close();
    assert.is(stderr.screen()[0], 'training Keras MNIST convnet · mnist-basic');
  }
});

test('JSON lines into a file leave the screen as it is', async () => {
  const { renderer, stderr, stdout } = await setup({ format: 'json' });
  renderer.handle(startEvent());
  await frame(stderr);
  const lines = stderr.screen();
  await renderer.close();
  assert.ok(lines.at(-1)?.endsWith('q stop now'));
  assert.match(stdout.raw, /^\{"event":"start","model":"mnist-basic","dataset":"digits",.*\}\n$/);
  assert.is(JSON.parse(stdout.raw).run, 'runs/mnist-basic-1');
});

test.run();
