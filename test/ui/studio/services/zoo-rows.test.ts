import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ZooRows } from '../../../../src/ui/studio/services/zoo-rows.js';
import { withFigures } from '../../../../src/ui/studio/services/zoo-source.js';
import { EMPTY_ZOO, type ZooState } from '../../../../src/ui/studio/state/zoo-state.js';
import { temporaryFolder } from '../../../support/folders.js';
import { TINY, writeModel } from '../../../support/training.js';

const test = suite('models of a folder, as they come and go');
const before = process.cwd();
test.before(() => process.chdir(temporaryFolder()));
test.after(() => process.chdir(before));

const own = (zoo: ZooState) => zoo.rows.filter(({ isOwn }) => isOwn).map(({ model }) => model);
/** As if the file had been written long ago. */
const aged = (path: string) => utimesSync(path, new Date(2026, 1, 1), new Date(2026, 1, 1));

test('a file that is written, changed or removed meanwhile shows up; what has not changed stays as it was read', async () => {
  const rows = new ZooRows();
  const none = rows.look(EMPTY_ZOO);
  assert.equal(own(none), []);
  assert.ok(none.rows.length > 20);
  assert.is(rows.look(none), none);

  writeModel('.', TINY, 'mine.yaml');
  writeFileSync('other.yaml', 'a: 1\n');
  aged('other.yaml');
  const added = rows.look(none);
  assert.equal(own(added), ['mine.yaml']);
  assert.is(added.rows.at(-1), none.rows.at(-1));
  const read = {
    ...added,
    rows: [await withFigures(added.rows[0]!), ...added.rows.slice(1)],
    details: { 'mine.yaml': 'wrong', lenet5: 'kept' },
  };
  assert.is(rows.look(read), read);

  writeModel('.', TINY.replace('filters: 4', 'filters: 40'), 'mine.yaml');
  writeModel('.', TINY, 'other.yaml');
  const changed = rows.look(read);
  assert.equal(own(changed), ['mine.yaml', 'other.yaml']);
  assert.is(changed.rows[0]!.figures, null);
  assert.equal(changed.details, { lenet5: 'kept' });
  assert.ok((await withFigures(changed.rows[0]!)).figures!.params > read.rows[0]!.figures!.params);

  rmSync('mine.yaml');
  assert.equal(own(rows.look(changed)), ['other.yaml']);
});

test.run();
