import { WorkError } from '../../base/errors.js';
import { type Bytes, contentOf, windowOf } from '../../base/files/bytes.js';

/** What a file that is none of weights is, and what makes it one. */
interface Foreign {
  is(head: Buffer): boolean;
  readonly what: string;
  readonly way: string;
}

const begins = (text: string) => (head: Buffer) => head.subarray(0, text.length).toString('latin1') === text;

const FOREIGN: readonly Foreign[] = [
  {
    is: (head) => head.length === 0,
    what: 'is empty',
    way: 'Fetch or save it anew.',
  },
  {
    is: begins('version https://git-lfs'),
    what: 'is a pointer of Git LFS, not the file itself',
    way: '`git lfs pull` in its repository fetches it.',
  },
  {
    is: (head) => /^\s*<(!doctype|html|\?xml)/i.test(head.toString('latin1')),
    what: 'is a web page, not a file of weights',
    way: 'Fetch the file itself: the page has a link to it.',
  },
  {
    is: begins('GGUF'),
    what: 'is a GGUF file, for language models',
    way: 'Convert the network it is made from to safetensors.',
  },
  {
    is: begins('\x93NUMPY'),
    what: 'is one array of NumPy',
    way: 'Save all arrays by safetensors.numpy.save_file({name: array, ...}, "weights.safetensors").',
  },
  {
    is: (head) => head.subarray(4, 8).toString('latin1') === 'TFL3',
    what: 'is a TensorFlow Lite model',
    way: 'Save the Keras model it was made from: model.save_weights("NAME.weights.h5").',
  },
  {
    is: (head) => head[0] === 0x1f && head[1] === 0x8b,
    what: 'is compressed by gzip',
    way: 'Unpack it first: gunzip FILE, or tar -xzf FILE.',
  },
  {
    is: (head) => head.subarray(257, 262).toString('latin1') === 'ustar',
    what: 'is a tar archive',
    way: 'Unpack it first: tar -xf FILE. One of PyTorch before 0.2 is loaded and saved anew there.',
  },
  {
    is: (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    what: 'is a Python pickle, but none of torch.save',
    way: 'Where it holds arrays, in Python: safetensors.numpy.save_file({name: array, ...}, "weights.safetensors").',
  },
];

/** All that the first bytes of these formats are. */
const HEAD = 512;

/** @throws WorkError where the file is known to be something else, saying what, and how it becomes one of weights */
export function refuseForeign(path: string, bytes: Bytes): void {
  const head = contentOf(windowOf(path, bytes, 0, Math.min(bytes.size, HEAD)));
  const known = FOREIGN.find(({ is }) => is(head));
  if (known) throw new WorkError(`${path} ${known.what}. ${known.way}`);
}

/** The error of a file of which nothing is known. */
export function unknownFile(path: string): WorkError {
  return new WorkError(
    `${path} is no file of weights that is known, or it is damaged: safetensors, PyTorch (.pth, .pt), Keras (.h5, .keras), TensorFlow.js (model.json) and ONNX can be read. Fetch it anew, or have the program that made it save one of these.`,
  );
}

/** @throws WorkError saying what an archive is that is none of weights */
export function refuseArchive(path: string, names: readonly string[]): never {
  const isNumpy = names.length > 0 && names.every((name) => name.endsWith('.npy'));
  throw new WorkError(
    isNumpy
      ? `${path} is an archive of NumPy's arrays. In Python: safetensors.numpy.save_file(dict(numpy.load("FILE.npz")), "weights.safetensors") writes what can be read here.`
      : `${path} is a zip archive, but neither torch.save's nor a .keras file. Unpack it and name the file of weights in it.`,
  );
}
