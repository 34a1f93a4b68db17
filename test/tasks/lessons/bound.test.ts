import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { holds } from '../../../src/tasks/lessons/bound.js';

const equals = (value: unknown) => ({ kind: 'equals', value }) as const;
const within = (value: unknown, tolerance: number) => ({ kind: 'within', value, tolerance }) as const;

test('numbers are equal to six figures, all else as it is', () => {
  assert.ok(holds(equals(55744), 55744));
  assert.not(holds(equals(55744), 55745));
  assert.ok(holds(equals(0.1), Math.fround(0.1)));
  assert.not(holds(equals(0.1), 0.10001));
  assert.ok(holds(equals(0), 0));
  assert.not(holds(equals(0), 1e-9));
  assert.ok(holds(equals('max(1, 3) = 3'), 'max(1, 3) = 3'));
  assert.not(holds(equals('3'), 3));
  assert.ok(holds(equals(true), true));
  assert.not(holds(equals(true), false));
});

test('a list of one counts as its value, so that maps of one channel are written as matrices', () => {
  assert.ok(
    holds(
      equals([
        [9, 2],
        [6, 3],
      ]),
      [
        [[9], [2]],
        [[6], [3]],
      ],
    ),
  );
  assert.not(
    holds(
      equals([
        [9, 2],
        [6, 3],
      ]),
      [
        [[9], [2]],
        [[6], [4]],
      ],
    ),
  );
  assert.not(
    holds(
      equals([
        [9, 2],
        [6, 3],
      ]),
      [[9, 2]],
    ),
  );
  assert.not(holds(equals([9, 2]), [9, 2, 1]));
  assert.ok(holds(equals(30976), [30976]));
  assert.not(holds(equals([9, 2]), 9));
});

test('at least, at most, within, of every value of a list', () => {
  assert.ok(holds({ kind: 'atLeast', value: 0.98 }, 0.98));
  assert.not(holds({ kind: 'atLeast', value: 0.98 }, 0.9799));
  assert.ok(holds({ kind: 'atLeast', value: 1 }, [1, [2, 3]]));
  assert.not(holds({ kind: 'atLeast', value: 1 }, [1, 0]));
  assert.ok(holds({ kind: 'atMost', value: 3 }, 3));
  assert.not(holds({ kind: 'atMost', value: 3 }, 3.1));
  assert.ok(holds(within(0.991, 0.005), 0.986));
  assert.ok(holds(within(0.991, 0.005), 0.996));
  assert.not(holds(within(0.991, 0.005), 0.9859));
  assert.ok(holds(within([0.17, 0.05], 0.02), [0.18, 0.04]));
  assert.not(holds(within([0.17, 0.05], 0.02), [0.18, 0.08]));
});

test('what is no number holds to no bound of numbers', () => {
  for (const value of [null, undefined, '1', {}, [], Number.NaN]) {
    assert.not(holds({ kind: 'atLeast', value: 0 }, value));
    assert.not(holds({ kind: 'atMost', value: 2 }, value));
    assert.not(holds(within(1, 5), value));
    assert.not(holds(equals(1), value));
  }
});

test.run();
