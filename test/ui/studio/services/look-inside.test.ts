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
import { temporaryFolder } from '../../../support/folders.js';
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

test.run();
