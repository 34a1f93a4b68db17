import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ort } from '../../../src/engines/onnx/library/onnxruntime.js';
import { createSession } from '../../../src/engines/onnx/library/session.js';
import { GraphWriter } from '../../../src/engines/onnx/write/writer.js';

const SESSIONS = 200;

test('sessions that are made at the same moment write profiles of their own, whole once they are released', async () => {
  const g = new GraphWriter();
  const x = g.input('x', [4]);
  g.output(g.add(x, x), 'y');
  const model = g.encode();
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-profile-'));
  try {
    const settings = { provider: 'cpu', threads: 1, profile: join(folder, 'program') } as const;
    const sessions = await Promise.all(
      Array.from({ length: SESSIONS }, () => createSession(model, settings)),
    );
    const feeds = { x: new ort.Tensor('float32', new Float32Array(4), [4]) };
    for (const session of sessions) await session.run(feeds);
    for (const session of sessions) await session.release();
    const runs = readdirSync(folder).map(
      (file) => readFileSync(join(folder, file), 'utf8').match(/Add[^"]*_kernel_time"/g)?.length,
    );
    assert.equal(runs, Array<number>(SESSIONS).fill(1));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
