import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { listed } from '../../base/text/words.js';
import { type IdxFile, idxSha256 } from './idx.js';
import type { LabelledParts } from './idx-dataset.js';
import { type NpyArray, readNpy } from './npy.js';
import { UnreadForm } from './unread-form.js';

const ARRAYS = ['x_train', 'y_train', 'x_test', 'y_test'] as const;
type ArrayName = (typeof ARRAYS)[number];

/**
 * Reads `mnist.npz` as Keras has it: a zip archive, stored or deflated, of NumPy's arrays x_train and x_test,
 * [count, H, W] or [count, H, W, C] unsigned bytes, and y_train and y_test, [count] whole numbers.
 * @throws WorkError for a file that is damaged; UnreadForm for arrays that are others
 */
export async function readNpz(path: string, remedy: string): Promise<Required<LabelledParts>> {
  const arrays = new Map<string, NpyArray>();
  const names: string[] = [];
  const fail = (problem: string): never => {
    throw new WorkError(`${path} ${problem}; ${remedy}.`);
  };
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path);
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.replace(/\.npy$/, '');
      names.push(name);
      if (!(ARRAYS as readonly string[]).includes(name)) continue;
      const content = await contentOf(zip, entry);
      if (crc32(content) !== entry.crc32)
        fail(`is damaged: the checksum of ${entry.fileName} in it is wrong`);
      arrays.set(name, readNpy(content, `${path} (${name})`));
    }
  } catch (error) {
    if (error instanceof WorkError) throw error;
    fail(`is no zip archive that can be read (${codeOf(error) ?? messageOf(error)})`);
  } finally {
    zip?.close();
  }
  const missing = ARRAYS.filter((name) => !arrays.has(name));
  if (missing.length > 0)
    throw new UnreadForm(
      `${path} has no ${listed(missing, 4)} in it, but ${listed(names, 6) || 'nothing'}; expected the arrays ` +
        `${listed(ARRAYS, 4)}, as Keras names them.`,
    );
  const images = (name: ArrayName): IdxFile => imagesOf(arrays.get(name)!, `${path} (${name})`);
  const labels = (name: ArrayName): IdxFile => labelsOf(arrays.get(name)!, `${path} (${name})`);
  return {
    train: { images: images('x_train'), labels: labels('y_train') },
    test: { images: images('x_test'), labels: labels('y_test') },
  };
}

async function contentOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const content = Buffer.alloc(entry.uncompressedSize);
  let at = 0;
  // The reader holds what comes against the size that the archive announces.
  for await (const chunk of await zip.openReadStreamPromise(entry)) at += (chunk as Buffer).copy(content, at);
  return content;
}

function imagesOf({ type, shape, bytes }: NpyArray, path: string): IdxFile {
  if (type !== 'uint8')
    throw new UnreadForm(`${path} holds ${type} values, but cnnzoo reads images as unsigned bytes (uint8).`);
  const [, , , channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || ![1, 3].includes(channels))
    throw new UnreadForm(
      `${path} is an array of [${shape.join(', ')}], but cnnzoo reads images as [count, height, width], or with 1 ` +
        'or 3 channels behind.',
    );
  const plain = channels === 1 ? shape.slice(0, 3) : shape;
  return { path, shape: plain, data: bytes, sha256: idxSha256(plain, bytes) };
}

function labelsOf(array: NpyArray, path: string): IdxFile {
  const { shape } = array;
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1))
    throw new UnreadForm(`${path} is an array of [${shape.join(', ')}], but cnnzoo reads labels as [count].`);
  const values = array.integers();
  if (values === undefined)
    throw new UnreadForm(`${path} holds ${array.type} values, but cnnzoo reads labels as whole numbers.`);
  const wrong = values.findIndex((value) => value < 0 || value > 255);
  if (wrong >= 0)
    throw new WorkError(`${path} gives image ${wrong} the label ${values[wrong]}, but expected 0 to 255.`);
  const data = Uint8Array.from(values);
  return { path, shape: [data.length], data, sha256: idxSha256([data.length], data) };
}
