import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { seriousFaults } from '../support/screens/axe.js';
import { browserMissing } from '../support/screens/browser.js';
import { closeBrowser, openReport } from '../support/screens/page.js';
import { writeModel } from '../support/training.js';

const folder = temporaryFolder();

if (browserMissing !== null) console.log(browserMissing);
else {
  test.before(async () => {
    writeModel(folder);
    const budget = ['--limit', '200', '--epochs', '1', '--seeds', '2', '--engine', 'onnx', '--device', 'cpu'];
    for (const [name, vary] of [
      ['one', ['--vary', 'learningRate=0.01,0.001']],
      ['two', ['--vary', 'learningRate=0.01,0.001', '--vary', 'batchSize=20,40']],
    ] as const) {
      const args = ['compare', './tiny.yaml', '--train', ...budget, ...vary, '--run-dir', name];
      const { code, stderr } = await cnnzoo(folder, [...args, '--html', `${name}.html`]);
      assert.is(code, 0, stderr);
    }
    const run = 'one/tiny,learningRate=0.01,seed=1';
    const { code, stderr } = await cnnzoo(folder, ['evaluate', run, '--html', 'run.html']);
    assert.is(code, 0, stderr);
  });

  test.after(closeBrowser);

  for (const name of ['one', 'two', 'run'])
    test(`axe finds no fault of weight in the report ${name}.html, on a phone and a screen, light and dark`, async () => {
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [360, 1280]) {
          const { page, requests, complaints } = await openReport(join(folder, `${name}.html`), {
            colorScheme,
            viewport: { width, height: 800 },
            bypassCSP: true,
          });
          assert.equal(await seriousFaults(page), [], `${colorScheme}, ${width} px`);
          assert.equal([requests, complaints], [[], []]);
          await page.context().close();
        }
    });
}

test.run();
