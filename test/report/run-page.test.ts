import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder, TINY.replace('title: Tiny', 'title: "Tiny <script>alert(1)</script> & co"'));
await trainHere({ model, runDir: join(folder, 'run'), limit: 200, testEachEpoch: true });
const { code, stdout, stderr } = await cnnzoo(folder, ['evaluate', 'run', '--html', 'report.html', '--json']);
assert.is(code, 0, stderr);
const html = readFileSync(join(folder, 'report.html'), 'utf8');
const { confusion, accuracy } = JSON.parse(stdout) as { confusion: number[][]; accuracy: number };

test('every figure of the matrix leads to its pictures, and nothing else is drawn', () => {
  const cells = confusion.flat().filter((count) => count > 0).length;
  const room = Math.min(12, Math.floor(600 / cells));
  for (const [label, row] of confusion.entries())
    for (const [predicted, count] of row.entries()) {
      const place = `c${label}-${predicted}`;
      const link = new RegExp(`<a href="#${place}"[^>]*>([\\d,]+)</a>`).exec(html);
      assert.is(link?.[1]?.replace(',', '') ?? '0', String(count), place);
      const panel = new RegExp(`<section class="cell" id="${place}">(.*?)</section>`, 's').exec(html)?.[1];
      if (count === 0) {
        assert.is(panel, undefined);
        continue;
      }
      const most = label === predicted ? Math.min(6, room) : room;
      assert.is(panel!.match(/<img /g)!.length, Math.min(most, count), place);
    }
  assert.ok(html.includes(`${(100 * accuracy).toFixed(2)} %`));
});

test('pictures are those of the data set', async () => {
  const [, data] = /<ul class="pictures">\n<li><img src="data:image\/png;base64,([^"]+)" alt="digits:/.exec(
    html,
  )!;
  const { info } = await sharp(Buffer.from(data!, 'base64')).raw().toBuffer({ resolveWithObject: true });
  assert.equal([info.width, info.height], [28, 28]);
});

test('the page runs nothing, fetches nothing, and what texts hold is text', () => {
  assert.not.match(
    html,
    /https?:|url\(|@import|<script|<link|<iframe|src="(?!data:image\/png;base64,)|href="(?!#c)/i,
  );
  assert.match(html, /content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/);
  assert.ok(html.includes('Tiny &lt;script&gt;alert(1)&lt;/script&gt; &amp; co'));
  assert.not.match(html.replaceAll(/base64,[^"]+/g, ''), /NaN|undefined|Infinity/);
});

test('curves, filters, the config and the way to repeat it are there', () => {
  for (const title of ['Training loss', 'Training accuracy', 'Class by class', 'How it was trained'])
    assert.ok(html.includes(title), title);
  assert.match(html, /Squares are looks at the test images\./);
  assert.match(html, /Filters of conv2d_1, 3 x 3 x 1/);
  assert.is(html.match(/<img [^>]*alt="filter \d"/g)!.length, 8, 'four before and four after');
  assert.match(
    html,
    /<pre tabindex="0">cnnzoo rerun run {4}#[^\n]*\ncnnzoo evaluate run --split test<\/pre>/,
  );
  assert.ok(html.includes('\n  optimizer: { name: sgd, learningRate: 0.05, momentum: 0.9'));
});

test('there is a report of runs alone, and in a folder that is there', async () => {
  for (const [args, message] of [
    [['run', '--html', 'nowhere/report.html'], /--html nowhere\/report\.html: there is no folder nowhere\./],
    [['run', '--dataset', 'digits', '--html', 'x.html'], /--html tells of a run and its own images/],
    [['lenet5', '--html', 'x.html'], /lenet5/],
  ] as const) {
    const outcome = await cnnzoo(folder, ['evaluate', ...args]);
    assert.is(outcome.code, 2, outcome.stderr);
    assert.match(outcome.stderr, message);
  }
});

test.run();
