/** The peer of `npm run bench:torch`, where PyTorch is installed: what is asked of it is what it computes with. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeNetwork } from '../../scripts/bench/network.js';
import { choicesOf, envOf, flagsOf, tunedFor } from '../../scripts/bench/tuning.js';
import { ROOT } from '../support/cli.js';
import { PYTHON } from '../support/files/python.js';

const hasTorch = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;
if (!hasTorch) console.log(`PyTorch is not installed for ${PYTHON}: its measurement is not tested.`);

function peer<T>(flags: readonly string[], env: Readonly<Record<string, string>>, input = ''): T {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['scripts/bench/torch_peer.py', ...flags], {
    cwd: ROOT,
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

(hasTorch ? test : test.skip)(
  'PyTorch runs with the kernels, allocator, layout and form that were chosen',
  () => {
    const choices = choicesOf(peer, 1);
    assert.ok(choices.kernels.length >= 1 && choices.kernels[0]!.gflops > 0);
    assert.is(new Set(choices.kernels.map(({ kernels }) => kernels)).size, choices.kernels.length);
    for (const model of ['lenet5', 'googlenet-small']) {
      const network = JSON.stringify(describeNetwork(model));
      for (const mode of ['train', 'infer'] as const) {
        const wish = { mode, batchSize: 4, threads: 1, seconds: 0.1 };
        const tuning = tunedFor(network, wish, choices, peer);
        const counts = ['--mode', mode, '--batch-size', '4', '--threads', '1', '--seconds', '0.1'];
        const result = peer<Record<string, unknown>>([...counts, ...flagsOf(tuning)], envOf(tuning), network);
        assert.is(result.allocator, tuning.allocator === null ? 'plain' : 'tcmalloc');
        assert.equal([result.layout, result.frozen], [tuning.layout, tuning.frozen]);
        if (tuning.kernels !== null) assert.is(result.kernels, tuning.kernels);
      }
    }
  },
);

test.run();
