import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setting } from '../../base/text/settings.js';
import { UnreadForm } from './unread-form.js';

/** Data in a form that other programs publish and that is not read here. */
interface ForeignForm {
  /** Of a file or folder. */
  readonly name: RegExp;
  readonly is: string;
  readonly instead: string;
}

const FORMS: readonly ForeignForm[] = [
  {
    name: /^cifar-10-(batches-py|python\.tar\.gz)$/i,
    is: "CIFAR-10's Python version (pickled batches)",
    instead: `fetch its binary version, cifar-10-binary.tar.gz, by "cnnzoo datasets fetch cifar10" and use ${setting('dataset', 'cifar10')}`,
  },
  {
    name: /^cifar-100-(python|binary)(\.tar\.gz)?$/i,
    is: 'CIFAR-100',
    instead: 'save its images as pictures in FOLDER/train/CLASS/ and FOLDER/test/CLASS/',
  },
  {
    name: /\.(parquet|arrow)$/i,
    is: 'a table of Parquet or Arrow, as Hugging Face publishes data sets',
    instead:
      'fetch mnist, fashion-mnist or cifar10 by "cnnzoo datasets fetch NAME", or save the images as pictures in ' +
      'FOLDER/train/CLASS/ and FOLDER/test/CLASS/',
  },
  {
    name: /\.tfrecords?(-\d+-of-\d+)?$/i,
    is: 'a file of TFRecords, as TensorFlow Datasets keeps them',
    instead: 'save the images as pictures in FOLDER/train/CLASS/ and FOLDER/test/CLASS/, or as IDX files',
  },
  {
    name: /\.mat$/i,
    is: "MATLAB's format",
    instead:
      'fetch the version in IDX files where there is one (EMNIST: gzip.zip), or save the images as pictures',
  },
  {
    name: /\.(pt|pth|pkl|pickle)(\.gz)?$/i,
    is: 'a pickle of Python',
    instead:
      'use the IDX files that it was made from (torchvision keeps them in raw/), or save an .npz archive',
  },
];

const PICTURE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|avif)$/i;
/** Folders within a folder that are looked into: DATA/train/CLASS. */
const DEPTH = 2;

/** What a file of that name is, as an error; undefined for a name that says nothing. */
export function foreignFile(path: string, name: string): UnreadForm | undefined {
  const form = FORMS.find((one) => one.name.test(name));
  return form && new UnreadForm(`${path} is ${form.is}, which cnnzoo does not read; ${form.instead}.`);
}

/** What a folder without any picture holds, as an error; undefined where it may be a folder of pictures. */
export async function foreignFolder(folder: string): Promise<UnreadForm | undefined> {
  const found = await lookInto(folder, DEPTH);
  return found === 'pictures' ? undefined : found;
}

async function lookInto(folder: string, depth: number): Promise<UnreadForm | 'pictures' | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [] as Dirent[]);
  if (entries.some(({ name }) => PICTURE.test(name))) return 'pictures';
  let foreign: UnreadForm | undefined;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    foreign ??= foreignFile(path, entry.name);
    if (!entry.isDirectory() || depth === 0) continue;
    const inside = await lookInto(path, depth - 1);
    if (inside === 'pictures') return inside;
    foreign ??= inside;
  }
  return foreign;
}
