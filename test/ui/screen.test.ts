import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { textWidth } from '../../src/terminal/text.js';
import { epochEvent, startEvent, stepEvent, trainingEvents } from '../support/screens/ui-events.js';
import { frame, setup } from '../support/screens/ui-live.js';

for (const columns of [40, 60, 80, 120, 200]) {
  test(`the screen fits ${columns} columns and says what matters`, async () => {
    const { renderer, stderr } = await setup({ columns });
    renderer.handle(startEvent());
    for (const event of trainingEvents(2)) renderer.handle(event);
    renderer.handle(
      stepEvent({ epoch: 3, step: 21, stepsPerEpoch: 40, epochLoss: 0.1234, epochAccuracy: 0.9567 }),
    );
    await frame(stderr);
    const lines = stderr.screen();
    const text = lines.join('\n');
    await renderer.close();
    for (const line of lines) assert.ok(textWidth(line) < columns, `${textWidth(line)} columns: ${line}`);
    assert.not(stderr.hasWrapped);
    for (const fact of [
      'Keras MNIST convnet',
      'digits, 54,000 images',
      'onnx on cpu',
      '2 threads, AMD EPYC',
      '1,199,882 parameters',
      'RMSprop',
      'batch size 64',
      'seed 1',
      'epoch 3/12',
      '━',
      '52 %',
      '12s',
      '2m 30s',
      '21 of 40',
      '5,012 images/s',
      'loss 0.1234',
      'accuracy 95.67 %',
      ' 1/12',
      ' 2/12',
      'q stop now',
    ])
      assert.ok(text.includes(fact), `"${fact}" is missing in\n${text}`);
    assert.match(text, /[\u2801-\u28ff]/, 'a chart');
    if (columns >= 60) assert.match(text, /^ {2}epoch 0 .* 3/m, 'an axis of epochs');
    assert.match(text, /[\u2800-\u28ff ]x[\u2800-\u28ff ]/, "marks on the validation's line");
    assert.match(text, /s stop after (this )?epoch/);
  });
}

test('a whole screen', async () => {
  const { renderer, stderr } = await setup({ columns: 80, rows: 24 });
  renderer.handle(startEvent());
  renderer.handle(epochEvent());
  renderer.handle(stepEvent({ epoch: 2, step: 422 }));
  await frame(stderr);
  const lines = stderr.screen();
  await renderer.close();
  assert.is(
    lines.join('\n'),
    `epoch  1/12  loss 0.2310  accuracy 92.95 %  validation 0.0601  98.11 %    12s

Keras MNIST convnet · mnist-basic
digits, 54,000 images · onnx on cpu · 2 threads, AMD EPYC
1,199,882 parameters · RMSprop · batch size 64 · seed 1 · runs/mnist-basic-1

epoch 2/12   ━━━━━━━━━━━━━━━━━━━━━━━───────────────────────   50 %     12s left
run          ━━━━━╸────────────────────────────────────────   12 %  2m 30s left
batch 422 of 844  5,012 images/s  learning rate 0.001

loss 2.3000  x validation 0.0601         accuracy 10.00 %  x validation 98.11 %
    2.3          ⢀⣀⠤⠤⠒⠊⠁                  98.1 % x⠤⣀
           ⣀⡠⠤⠒⠒⠉⠁                                  ⠉⠒⠤⣀
        ⠒⠉⠉                                             ⠉⠑⠢⢄⡀
   0.06 x                                 10.0 %            ⠈⠑⠢⢄⡀
  epoch 1.0           1.5          2.0     epoch 1.0           1.5          2.0

s stop after this epoch   q stop now`,
  );
});

for (const [columns, rows] of [
  [50, 30],
  [40, 20],
  [200, 50],
  [100, 12],
] as const) {
  test(`after a resize from 120x30 to ${columns}x${rows} no line is broken and nothing is there twice`, async () => {
    const { renderer, stderr } = await setup({ columns: 120, rows: 30 });
    stderr.write('$ cnnzoo train mnist-basic\n');
    renderer.handle(startEvent());
    for (const event of trainingEvents(4)) renderer.handle(event);
    await frame(stderr);
    stderr.resize(columns, rows);
    const lines = stderr.screen();
    const { hasWrapped } = stderr;
    await renderer.close();
    assert.not(hasWrapped, lines.join('\n'));
    for (const fact of ['Keras MNIST convnet', 'q stop now', ' 4/12 '])
      assert.is(lines.filter((line) => line.includes(fact)).length, 1, `${fact} in\n${lines.join('\n')}`);
    for (const line of lines) assert.ok(textWidth(line) < columns, line);
  });
}

test('a resize leaves the lines above the screen alone', async () => {
  const { renderer, stderr } = await setup({ columns: 100, rows: 60 });
  stderr.write('$ ls\nREADME.md\n$ cnnzoo train mnist-basic\n');
  renderer.handle(startEvent());
  for (const event of trainingEvents(3)) renderer.handle(event);
  await frame(stderr);
  for (const columns of [99, 80, 64, 45, 70, 130]) stderr.resize(columns, 60);
  const lines = stderr.screen();
  await renderer.close();
  assert.equal(lines.slice(0, 3), ['$ ls', 'README.md', '$ cnnzoo train mnist-basic']);
  assert.ok(lines[3]?.startsWith('epoch  1/12'), lines.join('\n'));
});

for (const rows of [2, 3, 5, 8, 12, 16, 24]) {
  test(`a terminal of ${rows} rows is never overfull`, async () => {
    const { renderer, stderr } = await setup({ columns: 80, rows });
    renderer.handle(startEvent());
    for (const event of trainingEvents(6)) {
      renderer.handle(event);
      if (event.event === 'epoch') await frame(stderr);
    }
    const history = stderr.history();
    await renderer.close();
    assert.not(stderr.raw.includes('\u001b[3J'), 'the scrollback is wiped');
    assert.not(stderr.raw.includes('\u001b[2J'), 'the terminal is wiped');
    assert.is(history.filter((line) => line.startsWith('epoch 7/12')).length, 1, history.join('\n'));
    assert.is(history.filter((line) => line.startsWith('epoch  ')).length, 6, history.join('\n'));
  });
}

test.run();
