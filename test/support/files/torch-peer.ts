import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ownProbabilities, testImages } from '../../../src/tasks/export/onnx.js';
import { pytorch } from '../../../src/tasks/export/pytorch.js';
import type { Network } from '../../../src/training/evaluation/network.js';
import { ROOT } from '../cli.js';
import { scaledImages } from '../networks/networks.js';
import { PYTHON } from './python.js';

/** What PyTorch, a program that we did not write, makes of an exported network. */
export interface TorchOpinion {
  /** Why it does not run; null where it does. */
  readonly problem: string | null;
  /** Of a value of its output from our own, on three images; NaN where it does not run. */
  readonly largestDifference: number;
}

/** Why PyTorch cannot be asked on this machine, for the log; null where it can. */
export function torchMissing(): string | null {
  const { status } = spawnSync(PYTHON, ['-c', 'import torch, numpy, PIL']);
  return status === 0
    ? null
    : `skipped: ${PYTHON} has no torch, numpy and PIL (Debian: python3-torch python3-pil)`;
}

/** Exports networks below a folder and asks PyTorch what it makes of them, in one go. */
export async function askTorch(networks: readonly Network[], folder: string): Promise<TorchOpinion[]> {
  const folders = networks.map((_, i) => join(folder, `torch-${i}`));
  const own: Float32Array[] = [];
  for (const [i, network] of networks.entries()) {
    await pytorch.write(network, folders[i]!);
    const images = testImages(network.graph);
    const scaled = scaledImages(network.graph, images);
    writeFileSync(join(folders[i]!, 'images.input'), new Uint8Array(scaled.buffer));
    own.push(await ownProbabilities(network, images));
  }
  const asked = spawnSync(PYTHON, ['test/support/files/torch-peer.py', ...folders], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  assert.is(asked.status, 0, asked.stderr);
  const answers = asked.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  return answers.map(({ problem, outputs }, i) => {
    const wanted = own[i]!;
    if (problem === null) assert.is(outputs.length, wanted.length);
    const differences = outputs.map((value, k) => Math.abs(value - wanted[k]!));
    return { problem, largestDifference: problem === null ? Math.max(...differences) : Number.NaN };
  });
}

interface Answer {
  readonly problem: string | null;
  readonly outputs: readonly number[];
}
