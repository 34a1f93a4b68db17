import { join } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { type OpenFile, openFile } from '../../base/files/bytes.js';
import { whyUnreadable } from '../../base/files/files.js';
import { exists, statusOf } from '../../base/files/folders.js';
import { commandLine } from '../../base/text/settings.js';
import { CHECKPOINT, isRun, WEIGHTS } from '../../runs/run-paths.js';
import { refuseArchive, refuseForeign, unknownFile } from './foreign.js';
import { tryHdf5Apart } from './hdf5-trial.js';
import type { WeightsFile } from './tensor-file.js';

/** Bytes that tell the formats apart. */
const HEAD = 16;

/**
 * A file of weights, or of a run folder those it has to show. Its first bytes tell what it is, whatever its name.
 * @throws UsageError where there is no such file; WorkError saying what it is, where it is none of weights, and what makes it one
 */
export async function openWeights(path: string): Promise<WeightsFile> {
  const inRun = fileOfRun(path);
  const file = await openFile(inRun ?? path);
  try {
    const opened = await openByFormat(file);
    if (inRun === null) return opened;
    return { ...opened, format: 'run', kind: `the weights of a run, ${inRun}` };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The file that holds the weights of a run folder; null where the path is none. */
export function fileOfRun(path: string): string | null {
  if (!statusOf(path)?.isDirectory()) return null;
  if (!isRun(path))
    throw new UsageError(
      `${path}: ${whyUnreadable({ code: 'EISDIR' })}. Name the file of weights in it, or a run folder.`,
    );
  const files = [WEIGHTS, CHECKPOINT].map((name) => join(path, name));
  const found = files.find(exists);
  if (found) return found;
  throw new UsageError(
    `${path}: the run has no weights yet. It has some once it has trained: ${commandLine('train', { settings: { resume: path } })}`,
  );
}

const startsWith = (head: Buffer, bytes: readonly number[]): boolean =>
  bytes.every((byte, i) => head[i] === byte);

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const HDF5 = [0x89, 0x48, 0x44, 0x46];
const BRACE = 0x7b;

async function openByFormat(file: OpenFile): Promise<WeightsFile> {
  const head = Buffer.alloc(HEAD);
  file.read(head.subarray(0, Math.min(HEAD, file.size)), 0);
  if (head[8] === BRACE && head.readUInt32LE(4) === 0) {
    return (await import('./safetensors-file.js')).openSafetensors(file);
  }
  if (startsWith(head, ZIP)) return openArchive(file);
  if (startsWith(head, HDF5)) {
    await tryHdf5Apart(file.path);
    return (await import('./keras-file.js')).openKerasHdf5(file);
  }
  if (head[0] === BRACE) return (await import('./tfjs-file.js')).openTfjs(file);
  const { LEGACY_MAGIC, openTorchLegacy } = await import('./torch-file.js');
  if (startsWith(head, [...LEGACY_MAGIC])) return openTorchLegacy(file);
  refuseForeign(file.path, file);
  const { openOnnx } = await import('./onnx-file.js');
  const model = openOnnx(file);
  if (model) return model;
  throw unknownFile(file.path);
}

async function openArchive(file: OpenFile): Promise<WeightsFile> {
  const { readZip } = await import('./zip.js');
  const entries = await readZip(file);
  const { isKerasArchive, openKerasArchive } = await import('./keras-file.js');
  if (isKerasArchive(entries)) {
    await tryHdf5Apart(file.path);
    return openKerasArchive(file, entries);
  }
  const { openTorchZip, torchFolder } = await import('./torch-file.js');
  const folder = torchFolder(entries);
  return folder === undefined
    ? refuseArchive(file.path, [...entries.keys()])
    : openTorchZip(file, entries, folder);
}
