import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openExported } from '../../../src/engines/onnx/exchange/export.js';
import { onnx, testImages } from '../../../src/tasks/export/onnx.js';
import type { Network } from '../../../src/training/evaluation/network.js';
import { ROOT } from '../cli.js';
import { temporaryFolder } from '../folders.js';
import { scaledImages } from '../networks/networks.js';
import { PYTHON } from './python.js';

const IMAGES = 3;
const folder = temporaryFolder();

/** What OpenCV and onnx.checker, programs that we did not write, make of an exported network. */
export interface PeersOpinion {
  /** What onnx.checker finds wrong; null where nothing. */
  readonly checker: string | null;
  /** Why OpenCV does not take the file; null where it does. */
  readonly opencv: string | null;
  /** Of a probability of OpenCV from ONNX Runtime's, on three images at a time; NaN where it does not take the file. */
  readonly largestDifference: number;
}

/** Why the peers cannot be asked on this machine, for the log; null where they can. */
export function peersMissing(): string | null {
  const { status } = spawnSync(PYTHON, ['-c', 'import cv2, numpy, onnx']);
  return status === 0
    ? null
    : `skipped: ${PYTHON} has no cv2, numpy and onnx (Debian: python3-opencv python3-onnx)`;
}

/** Exports a network and asks the peers. */
export async function askPeers(network: Network): Promise<PeersOpinion> {
  const { graph } = network;
  const path = join(folder, 'net.onnx');
  await onnx.write(network, path);
  const input = scaledImages(graph, testImages(graph));
  writeFileSync(join(folder, 'net.input'), new Uint8Array(input.buffer));
  const [height, width, channels] = graph.input;
  const asked = spawnSync(PYTHON, ['test/support/files/onnx-peers.py', folder], {
    cwd: ROOT,
    input: `net ${IMAGES} ${channels} ${height} ${width}\n`,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  assert.is(asked.status, 0, asked.stderr);
  const { checker, opencv, outputs } = JSON.parse(asked.stdout) as Omit<PeersOpinion, 'largestDifference'> & {
    outputs: number[];
  };
  if (opencv !== null) return { checker, opencv, largestDifference: Number.NaN };
  const exported = await openExported(path, graph);
  const wanted = await exported.run(input, IMAGES).finally(() => exported.dispose());
  assert.is(outputs.length, wanted.length);
  const largestDifference = Math.max(...outputs.map((p, i) => Math.abs(p - wanted[i]!)));
  return { checker, opencv, largestDifference };
}
