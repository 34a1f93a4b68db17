import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunWatch } from '../../../../src/runs/watch/run-watch.js';
import { lookNeeds, seenOf } from '../../../../src/ui/studio/panes/look/look-at.js';
import { isAnswered, withAnswer } from '../../../../src/ui/studio/services/answer.js';
import { seeFilters, seePicture } from '../../../../src/ui/studio/services/look-inside.js';
import { weightsVersion } from '../../../../src/ui/studio/services/weights-version.js';
import type { Question } from '../../../../src/ui/studio/state/effect.js';
import { emptyState, type StudioState } from '../../../../src/ui/studio/state/studio-state.js';
import { temporaryFolder, writeTree } from '../../../support/folders.js';
import { trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();
const dir = join(folder, 'tiny');

function questions(state: StudioState): readonly Question[] {
  return lookNeeds(state).flatMap((need) => (need.need === 'answer' ? [need.question] : []));
}

const of = ({ version }: Question) => ({ run: dir, version });

function looking(before: StudioState): StudioState {
  const watch = new RunWatch(folder);
  watch.look();
  const { runs, look } = before;
  const versions = { [dir]: weightsVersion(dir) };
  return { ...before, runs: { ...runs, watched: watch.runs }, look: { ...look, run: dir, versions } };
}

test('what is seen of a run is of the weights that it has now, while it trains too', async () => {
  assert.is(weightsVersion(dir), '');
  await trainHere({ model: writeModel(folder), limit: 100, epochs: 3, runDir: dir }, () => 'after-epoch');
  const first = looking(emptyState(folder, { columns: 80, rows: 24 }));
  const [asked] = questions(first);
  assert.is(asked?.ask, 'seen');
  const answered = withAnswer(first, asked!, { found: await seePicture(of(asked!), 'digits:test:0') });
  assert.equal(
    questions(answered).map((one) => isAnswered(answered, one)),
    [true, false],
  );
  const seen = seenOf(answered);
  const filters = await seeFilters(of(asked!), 'conv2d_1');

  await trainHere({ resume: dir }, () => 'after-epoch');
  const later = looking(answered);
  const [again] = questions(later);
  assert.is.not(again!.version, asked!.version);
  assert.is(isAnswered(later, again!), false);
  // What was seen before stays on the screen until there is something newer.
  assert.is(seenOf(later), seen);
  const found = await seePicture(of(again!), 'digits:test:0');
  assert.not.equal(found.guesses, (seen as typeof found).guesses);
  assert.not.equal(await seeFilters(of(again!), 'conv2d_1'), filters);
  const last = withAnswer(later, again!, { found });
  assert.is(seenOf(last), found);
  assert.is(Object.keys(last.look.seen).length, 1);
});

test('a run that is damaged or gone is answered with what is wrong, also where it goes away while it is shown', async () => {
  const damaged = join(folder, 'damaged');
  writeTree(folder, { 'damaged/run.json': '{', 'damaged/config.yaml': '' });
  const gone = join(folder, 'gone');
  for (const [run, wanted] of [
    [damaged, /run\.json/],
    [gone, /gone/],
  ] as const) {
    const shown = looking(emptyState(folder, { columns: 80, rows: 24 }));
    const versions = { [run]: weightsVersion(run) };
    const state = { ...shown, look: { ...shown.look, run, versions } };
    const [asked] = questions(state);
    assert.is(asked?.ask, 'seen', run);
    const problem = await seePicture({ run, version: '' }, null).then(
      () => '',
      (error: Error) => error.message,
    );
    assert.match(problem, wanted);
    assert.is(seenOf(withAnswer(state, asked!, { problem })), problem);
  }
  const copy = join(folder, 'copy');
  cpSync(dir, copy, { recursive: true });
  const at = (before: StudioState) => {
    const version = weightsVersion(copy);
    const state = looking(before);
    return { ...state, look: { ...state.look, run: copy, versions: { [copy]: version } } };
  };
  const first = at(emptyState(folder, { columns: 80, rows: 24 }));
  const [asked] = questions(first);
  const found = await seePicture({ run: copy, version: asked!.version }, null);
  assert.is(found.image, 'digits:test:0');
  const answered = withAnswer(first, asked!, { found });
  rmSync(copy, { recursive: true });
  const later = at(answered);
  const [again] = questions(later);
  assert.is(again?.ask, 'seen');
  assert.is(isAnswered(later, again!), false);
  const problem = await seePicture({ run: copy, version: again!.version }, null).catch(
    (error: Error) => error.message,
  );
  assert.match(String(problem), /copy/);
  assert.is(seenOf(withAnswer(later, again!, { problem: String(problem) })), problem);
});

test.run();
