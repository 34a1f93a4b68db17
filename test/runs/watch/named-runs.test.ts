import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isRunName, namedRun } from '../../../src/runs/watch/named-runs.js';
import { withFolder } from '../../support/folders.js';
import { writeRun } from '../../support/runs.js';

const at = (hour: number) => `2026-08-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

/** Five runs, one of them on other images and one without test figures. */
function withRuns(use: (named: (word: string) => string) => void): Promise<void> | void {
  return withFolder((folder) => {
    writeRun(folder, 'b', { created: at(9), accuracy: 0.99, tags: ['warmup'] });
    writeRun(folder, 'a', { created: at(11), accuracy: 0.95 });
    writeRun(folder, 'compare-1/c', { created: at(10), accuracy: 0.99, model: 'mnist-mlp' });
    writeRun(folder, 'd', { created: at(12), accuracy: 1, dataset: 'shapes' });
    writeRun(folder, 'e', { created: at(13), status: 'interrupted', tags: ['late'] });
    use((word) => namedRun(word, folder).slice(folder.length + 1));
  });
}

test('the latest run is the one that was begun last, of a model, a data set, a tag or a folder too', () =>
  withRuns((named) => {
    assert.is(named('@latest'), 'e');
    assert.is(named('@latest:mnist-mlp'), 'compare-1/c');
    assert.is(named('@latest:shapes'), 'd');
    assert.is(named('@latest:warmup'), 'b');
    assert.is(named('@latest:compare-*'), 'compare-1/c');
    assert.is(named('@latest:LENET5'), 'e');
  }));

test('the best run has the highest test accuracy, of equal ones the one that was begun first', () =>
  withRuns((named) => {
    assert.is(named('@best:digits'), 'b');
    assert.is(named('@best:mnist-mlp'), 'compare-1/c');
    assert.is(named('@best:shapes'), 'd');
  }));

test('runs that were tested on different images are never ranked', () =>
  withRuns((named) => {
    assert.throws(
      () => named('@best'),
      /@best would rank runs that were tested on different images, of .*digits.*: name one, such as @best:/,
    );
  }));

test('what stands for no run says what there is', () =>
  withRuns((named) => {
    assert.throws(() => named('@best:late'), /there is no run that has been tested of that kind/);
    assert.throws(() => named('@latest:vgg16'), /there is no run of that kind in .*cnnzoo runs/);
    assert.throws(() => named('@newest'), /@newest stands for no run: there are @latest and @best/);
  }));

test('where there is no run at all, how one is made is said', () =>
  withFolder((folder) => {
    assert.throws(
      () => namedRun('@latest', folder),
      /there are no runs in .* yet\. cnnzoo train MODEL makes one/,
    );
  }));

test('a path and the name of a picture are no names of runs', () => {
  assert.equal(
    ['@latest', '@best:lenet5', '@x', './@latest', '@2x.png', 'runs/@latest', 'a@b'].map(isRunName),
    [true, true, true, false, false, false, false],
  );
});

test.run();
