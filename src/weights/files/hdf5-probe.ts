/** The process of hdf5-trial.ts: `hdf5-probe FILE`. */

import { openFile } from '../../base/files/bytes.js';
import { sizeOf } from '../../base/tensor.js';
import { isKerasArchive, openKerasArchive, openKerasHdf5 } from './keras-file.js';
import { isFloat } from './tensor-file.js';
import { readZip } from './zip.js';

/** Of larger files the values are not read: they lie in one piece, as Keras writes them. */
const MOST_BYTES = 1 << 26;

async function trial(path: string): Promise<void> {
  const file = await openFile(path);
  const head = Buffer.alloc(2);
  file.read(head, 0);
  const entries = head.toString() === 'PK' ? await readZip(file) : null;
  if (entries && !isKerasArchive(entries)) return;
  const opened = entries ? await openKerasArchive(file, entries) : await openKerasHdf5(file);
  if (file.size > MOST_BYTES) return;
  for (const { dtype, shape, read } of opened.tensors)
    if (isFloat(dtype) && sizeOf(shape) <= MOST_BYTES) read(new Float32Array(sizeOf(shape)), 0);
}

await trial(process.argv[2]!).catch(() => {
  // The same error comes again where it can be told of.
});
process.exit(0);
