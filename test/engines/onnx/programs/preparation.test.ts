import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ort } from '../../../../src/engines/onnx/library/onnxruntime.js';
import {
  createSession,
  runSession,
  type SessionSettings,
} from '../../../../src/engines/onnx/library/session.js';
import { Preparation } from '../../../../src/engines/onnx/programs/preparation.js';
import type { Ref } from '../../../../src/engines/onnx/write/ref.js';
import { GraphWriter } from '../../../../src/engines/onnx/write/writer.js';

const SETTINGS: SessionSettings = { provider: 'cpu', threads: 1 };
const SIDE = 128;

/** A program of one weight [SIDE, SIDE], 64 KB, and what prepares it. */
function parts() {
  const g = new GraphWriter();
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.sin(i));
  const refs = new Map([['w', g.constant(data, [SIDE, SIDE])]]);
  const preparation = new Preparation(g, refs, [{ name: 'w', dims: [SIDE, SIDE], data }]);
  return { g, data, preparation, weight: refs.get('w')!, x: g.input('x', [SIDE, SIDE]) };
}

const turn = (g: GraphWriter, ref: Ref) => g.transpose(ref, [1, 0]);

test('what is made of a weight is fed to the program, which does not hold the weight', async () => {
  const { g, data, preparation, weight, x } = parts();
  const turned = preparation.once(weight, 'turned', turn);
  assert.is(preparation.once(weight, 'turned', turn), turned);
  const doubled = preparation.once(weight, 'doubled', (own, ref) => own.add(ref, ref));
  g.output(g.add(g.add(x, turned), doubled), 'y');
  const bytes = g.encode();
  assert.ok(bytes.length < 1000, `${bytes.length}`);
  const fed = await preparation.run(SETTINGS);
  assert.equal(Object.keys(fed).sort(), ['w/doubled', 'w/turned']);
  const session = await createSession(bytes, SETTINGS);
  const ones = new ort.Tensor('float32', new Float32Array(SIDE * SIDE).fill(1), [SIDE, SIDE]);
  const { y } = await runSession(session, { x: ones, ...fed });
  await session.release();
  const expected = Float32Array.from(data, (value, i) => {
    const across = data[(i % SIDE) * SIDE + Math.floor(i / SIDE)]!;
    return Math.fround(Math.fround(1 + across) + Math.fround(value + value));
  });
  assert.equal((y as { data: Float32Array }).data, expected);
});

test('what is no weight is computed in the program, and then there is nothing to prepare', async () => {
  const { g, preparation, weight, x } = parts();
  const other = preparation.once(x, 'turned', turn);
  g.output(g.add(other, weight), 'y');
  assert.ok(g.encode().length > 4 * SIDE * SIDE);
  assert.equal(g.written().filter(({ opType }) => opType === 'Transpose').length, 1);
  assert.equal(await preparation.run(SETTINGS), {});
});

test('constants that nothing reads are left out of a graph; one that is an output stays', async () => {
  const g = new GraphWriter();
  const kept = g.constant(Float32Array.of(1, 2), [2]);
  g.constant(new Float32Array(5000).fill(3), [5000]);
  g.output(kept, 'y');
  const bytes = g.encode();
  assert.ok(bytes.length < 500, `${bytes.length}`);
  const session = await createSession(bytes, SETTINGS);
  const { y } = await runSession(session, {});
  await session.release();
  assert.equal((y as { data: Float32Array }).data, Float32Array.of(1, 2));
});

test.run();
