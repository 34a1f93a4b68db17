import { broken, type OpenFile, windowOf } from '../../base/files/bytes.js';
import { checkSafetensors, DamagedError, readLayout } from '../../runs/safetensors.js';
import type { Dtype, WeightsFile } from './tensor-file.js';
import { BYTES_OF, plainTensor } from './values.js';

/**
 * A safetensors file, ours or another program's.
 * @throws WorkError where it is torn or no such file
 */
export async function openSafetensors(file: OpenFile): Promise<WeightsFile> {
  const { path } = file;
  const { entries, metadata, begin } = await whole(path, readLayout);
  const isOurs = metadata.cnnzoo !== undefined;
  return {
    path,
    format: 'safetensors',
    kind: isOurs ? "a safetensors file of cnnzoo's" : 'a safetensors file',
    tensors: entries.map(({ name, dtype, shape, from, to }) =>
      plainTensor(path, name, dtypeOf(dtype), shape, windowOf(path, file, begin + from, to - from)),
    ),
    // Other writers put the widest types first and sort by name.
    isInOrder: isOurs,
    metadata,
    // What we export for PyTorch has its names and layouts.
    isOwn: isOurs && metadata.format !== 'pt',
    verify: () => whole(path, checkSafetensors),
    close: () => file.close(),
  };
}

const dtypeOf = (name: string): Dtype => (Object.hasOwn(BYTES_OF, name) ? (name as Dtype) : 'other');

/** What is wrong with a run's own files is said there, with what that means for the run; here the file alone counts. */
async function whole<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    throw broken(path, error.message.slice(path.length + 1).replace(/\.$/, ''));
  }
}
