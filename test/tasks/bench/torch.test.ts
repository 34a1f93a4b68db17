import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Beside, type Figures, pageOf } from '../../../scripts/bench/page.js';
import {
  type Choices,
  choicesText,
  envOf,
  flagsOf,
  tunedFor,
  tuningText,
} from '../../../scripts/bench/tuning.js';
import { recordOf } from '../../../src/tasks/bench/record.js';

const CHOICES: Choices = {
  version: '1.13.0',
  blas: 'OpenBLAS 0.3.21',
  ownKernels: 'Haswell',
  kernels: [
    { asked: 'SkylakeX', kernels: 'SkylakeX', gflops: 170 },
    { asked: 'Cooperlake', kernels: 'Cooperlake', gflops: 160 },
    { asked: 'Zen', kernels: 'Zen', gflops: 150 },
    { asked: 'Haswell', kernels: 'Haswell', gflops: 90 },
  ],
  tcmalloc: 'libtcmalloc_minimal.so.4',
};
const WISH = { mode: 'infer', batchSize: 64, threads: 2, seconds: 0.5 } as const;

test('PyTorch is tried with the fastest kernels and both allocators, in every form, and the fastest wins', () => {
  const places: object[] = [];
  const times = [5, 4, 3, 2, 6, 1, 7, 8].map((ms) => 10 + ms);
  const tuning = tunedFor('network', WISH, CHOICES, <T>(flags: readonly string[], env: object) => {
    assert.equal(flags.slice(0, 3), ['--try', '--mode', 'infer']);
    places.push(env);
    const forms = [false, true].map((frozen) => ({ layout: 'nhwc', frozen, msPerStep: times.shift()! }));
    return forms as T;
  });
  assert.equal(places, [
    { OPENBLAS_CORETYPE: 'SkylakeX' },
    { OPENBLAS_CORETYPE: 'SkylakeX', LD_PRELOAD: 'libtcmalloc_minimal.so.4' },
    { OPENBLAS_CORETYPE: 'Cooperlake' },
    { OPENBLAS_CORETYPE: 'Cooperlake', LD_PRELOAD: 'libtcmalloc_minimal.so.4' },
  ]);
  assert.equal(tuning, { kernels: 'Cooperlake', allocator: null, layout: 'nhwc', frozen: true });
  assert.equal(envOf(tuning), { OPENBLAS_CORETYPE: 'Cooperlake' });
  assert.equal(flagsOf(tuning), ['--layout', 'nhwc', '--frozen']);
  assert.is(tuningText(tuning), 'Cooperlake, malloc, nhwc, TorchScript');
});

test('the page says that PyTorch was tuned, out of what, and what the tuning chose for each network', () => {
  const floors = { operations: 1e9, arithmeticMs: 5, activationsMs: 1, weightsMs: 0 };
  const row: Omit<Beside, 'mode' | 'tuning'> = {
    ...{ model: 'lenet5', batchSize: 64, ours: [6, 7, 8], peer: [7, 8, 9] },
    ...{ buildMs: 20, oursMemory: 1e8, peerMemory: 2e8, floors },
  };
  const place = { kernels: 'SkylakeX', layout: 'nchw' };
  const { machine, versions, commit, date } = recordOf([]);
  const figures: Figures = {
    ...{ machine, commit, date, threads: 2, rounds: 3, seconds: 2, choices: CHOICES },
    versions: { ...versions, pytorch: CHOICES.version },
    rates: { gflops: 170, gigabytesPerSecond: 30 },
    rows: [
      { ...row, mode: 'train', tuning: { ...place, allocator: CHOICES.tcmalloc, frozen: false } },
      { ...row, mode: 'infer', tuning: { ...place, allocator: null, frozen: true } },
    ],
    ...{ growth: [], timesTo: [] },
  };
  const page = pageOf(figures);
  assert.match(page, 'beside a tuned PyTorch 1.13.0; both with 2 threads');
  assert.match(page, choicesText(CHOICES));
  assert.match(
    page,
    'SkylakeX 170 GFLOP/s, Cooperlake 160 GFLOP/s, Zen 150 GFLOP/s, Haswell 90 GFLOP/s (its own choice)',
  );
  assert.match(page, /\| model \| batch \| cnnzoo, ms \| images\/s \| tuned PyTorch, ms \|/);
  assert.match(page, /\| `lenet5` \| 64 \| 7\.00 .* \*\*1\.14\*\* \| .* \| SkylakeX, tcmalloc, nchw \|/);
  assert.match(page, /\| `lenet5` \| 64 \| 7\.00 .* \| SkylakeX, malloc, nchw, TorchScript \|/);
  const without = pageOf({ ...figures, choices: { ...CHOICES, tcmalloc: null } });
  assert.match(without, 'tcmalloc was not installed');
});

test.run();
