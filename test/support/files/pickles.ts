import { LEGACY_MAGIC } from '../../../src/weights/files/torch-file.js';
import { zipOf } from './archives.js';

/** Instructions of a pickle, byte for byte: texts as they are, numbers as bytes. */
export const pickle = (...parts: readonly (string | number | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.from([part]);
      return typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part);
    }),
  );

/** A number of four bytes. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}

/** A text with its length before it. */
export const text = (value: string): Buffer => pickle('X', uint32(Buffer.byteLength(value)), value);

/** The archive of torch.save around a pickle, with one storage of 16 bytes. */
export const torchZip = (data: Uint8Array, isDeflated = false): Buffer =>
  zipOf([
    { name: 'archive/data.pkl', content: data, isDeflated },
    { name: 'archive/data/0', content: new Uint8Array(16) },
  ]);

/** The form of before 2020 around a pickle, without storages. */
export const torchLegacy = (data: Uint8Array): Buffer =>
  Buffer.concat([LEGACY_MAGIC, pickle('\x80\x02M\xe9\x03.', '\x80\x02}.'), data, pickle('\x80\x02].')]);

/** The instructions that rebuild a float32 tensor of a shape and strides out of that storage. */
export function tensor(shape: readonly number[], strides: readonly number[], count = 4): Buffer {
  const tuple = (numbers: readonly number[]) => pickle('(', ...numbers.flatMap((n) => ['J', uint32(n)]), 't');
  const storage = pickle(
    '(',
    text('storage'),
    'ctorch\nFloatStorage\n',
    text('0'),
    text('cpu'),
    'J',
    uint32(count),
    'tQ',
  );
  return pickle(
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    storage,
    'K\0',
    tuple(shape),
    tuple(strides),
    '\x89}tR',
  );
}

/** A state dict of one entry. */
export const dictOf = (key: string, value: Uint8Array): Buffer => pickle('\x80\x02}', text(key), value, 's.');
