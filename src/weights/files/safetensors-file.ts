import { type OpenFile, windowOf } from '../../base/files/bytes.js';
import { checkSafetensors, readLayout } from '../../runs/safetensors.js';
import type { Dtype, WeightsFile } from './tensor-file.js';
import { BYTES_OF, plainTensor } from './values.js';

/**
 * A safetensors file, ours or another program's.
 * @throws WorkError where it is torn or no such file
 */
export async function openSafetensors(file: OpenFile): Promise<WeightsFile> {
  const { path } = file;
  const { entries, metadata, begin } = await readLayout(path);
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
    verify: () => checkSafetensors(path),
    close: () => file.close(),
  };
}

const dtypeOf = (name: string): Dtype => (Object.hasOwn(BYTES_OF, name) ? (name as Dtype) : 'other');
