import { isMap } from 'node:util/types';
import { WorkError } from '../../base/errors.js';
import { type Bytes, broken, contentOf, type OpenFile, windowOf } from '../../base/files/bytes.js';
import { type PickleReader, picklesIn } from './pickle.js';
import { stateDictOf } from './state-dict.js';
import type { WeightsFile } from './tensor-file.js';
import { fileTensor, storageOf, TORCH_NAMES, type TorchStorage, type TorchTensor } from './torch-objects.js';
import { BYTES_OF } from './values.js';
import type { ZipEntry } from './zip.js';

/** Old files begin with this number, pickled: 0x1950a86a20f9469cfc6c. */
export const LEGACY_MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

/** The pickles of a file are at most so long. */
const LARGEST_PICKLE = 1 << 24;

/** How the sentences on files that hold more than a state dict end: what to do in Python. */
const stateDictInPython = (path: string): string =>
  `In Python: torch.save(model.state_dict(), ${JSON.stringify(`weights of ${nameOf(path)}`.replaceAll(' ', '-'))}) writes what can be read here`;

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1)!;

/** Whether an archive is one of torch.save's. @returns the folder in it, `archive/`; undefined where it is another */
export function torchFolder(entries: ReadonlyMap<string, ZipEntry>): string | undefined {
  const pickle = [...entries.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  return pickle?.slice(0, -'data.pkl'.length);
}

/**
 * What torch.save writes since 2020: a pickle and one entry a storage.
 * @throws WorkError naming what the pickle holds beside a state dict, of which nothing is run; where it is torn or damaged
 */
export function openTorchZip(
  file: OpenFile,
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
): WeightsFile {
  const { path } = file;
  if ([...entries.keys()].some((name) => name.startsWith(`${folder}code/`))) throw scripted(path);
  const order = entries.get(`${folder}byteorder`)?.open();
  if (order && order.size < 16 && contentOf(order).toString().trim() === 'big') throw bigEndian(path);
  const pickle = entries.get(`${folder}data.pkl`)!;
  if (pickle.size > LARGEST_PICKLE) throw tooLong(path);
  const content = readState(path, picklesIn(path, contentOf(pickle.open())).next);
  const entryOf = ({ key, dtype, count }: TorchStorage): ZipEntry => {
    const entry = entries.get(`${folder}data/${key}`);
    if (entry && entry.size >= count * BYTES_OF[dtype]) return entry;
    throw broken(path, `is damaged: its storage ${key} is missing or too short`);
  };
  const { tensors, metadata, place } = stateDictOf(path, content);
  const used = new Set([...tensors.values()].map(({ storage }) => entryOf(storage)));
  return {
    ...common(file, `a PyTorch state dict${place}`, metadata),
    tensors: tensorsOf(path, tensors, (storage) => entryOf(storage).open()),
    verify: async () => {
      for (const entry of used) entry.check();
    },
  };
}

/**
 * What torch.save wrote before 2020: pickles one behind the other, then the storages.
 * @throws WorkError as openTorchZip
 */
export function openTorchLegacy(file: OpenFile): WeightsFile {
  const { path, size } = file;
  const head = contentOf(windowOf(path, file, 0, Math.min(size, LARGEST_PICKLE)));
  const { next, position } = picklesIn(path, head.subarray(LEGACY_MAGIC.length));
  readState(path, next);
  const system = readState(path, next);
  if (isMap(system) && Map.prototype.get.call(system, 'little_endian') === false) throw bigEndian(path);
  const storages = new Map<string, TorchStorage>();
  const content = readState(path, next, storages);
  const keys = readState(path, next);
  const places = placesOf(file, LEGACY_MAGIC.length + position(), Array.isArray(keys) ? keys : [], storages);
  const { tensors, metadata, place } = stateDictOf(path, content);
  return {
    ...common(file, `a PyTorch state dict${place}, in the form of before 2020`, metadata),
    tensors: tensorsOf(path, tensors, ({ key }) => places.get(key)!),
    verify: async () => {},
  };
}

const common = (file: OpenFile, kind: string, metadata: WeightsFile['metadata']) =>
  ({
    path: file.path,
    format: 'pytorch',
    kind,
    metadata,
    isInOrder: true,
    isOwn: false,
    close: () => file.close(),
  }) as const;

function tensorsOf(
  path: string,
  tensors: ReadonlyMap<string, TorchTensor>,
  open: (storage: TorchStorage) => Bytes,
): WeightsFile['tensors'] {
  return [...tensors].map(([name, tensor]) => fileTensor(path, name, tensor, open));
}

/** Where the numbers of each storage are: a count of 8 bytes stands before them. */
function placesOf(
  file: OpenFile,
  begin: number,
  keys: readonly unknown[],
  storages: ReadonlyMap<string, TorchStorage>,
): Map<string, Bytes> {
  const { path } = file;
  const places = new Map<string, Bytes>();
  let at = begin;
  for (const key of keys) {
    const storage = storages.get(String(key));
    const count = Number(contentOf(windowOf(path, file, at, 8)).readBigInt64LE());
    if (!storage || storage.count !== count)
      throw broken(path, `is damaged: its storage ${String(key).slice(0, 40)} is not the one described`);
    const size = count * BYTES_OF[storage.dtype];
    places.set(storage.key, windowOf(path, file, at + 8, size));
    at += 8 + size;
  }
  const missing = [...storages.keys()].find((key) => !places.has(key));
  if (missing !== undefined) throw broken(path, `is torn: its storage ${missing} is missing`);
  return places;
}

/** @param storages takes the storages that the pickle names */
function readState(path: string, next: PickleReader, storages?: Map<string, TorchStorage>): unknown {
  const persistent = (id: unknown): TorchStorage => {
    const storage = storageOf(id);
    storages?.set(storage.key, storage);
    return storage;
  };
  return next({ names: TORCH_NAMES, persistent, refuse: (name) => refusal(path, name) });
}

function refusal(path: string, name: string): WorkError {
  const shown = name.length > 80 ? `${name.slice(0, 80)}...` : name;
  // Classes begin with a capital; what else a pickle names would be called.
  const isModel = /\.[A-Z]\w*$/.test(name);
  const what = isModel
    ? `is a whole pickled model or holds one: it needs the code of ${shown}, and code is not run here`
    : `holds more than weights: its pickle names ${shown}, which is no part of a state dict. Nothing of it was run`;
  return new WorkError(`${path} ${what}. ${stateDictInPython(path)}.`);
}

const scripted = (path: string): WorkError =>
  new WorkError(
    `${path} is a TorchScript archive, a program with its weights. In Python: torch.save(torch.jit.load(${JSON.stringify(nameOf(path))}).state_dict(), "weights.pth") writes what can be read here.`,
  );

const bigEndian = (path: string): WorkError =>
  new WorkError(
    `${path} was saved on a big-endian machine, whose order of bytes is not read. Load and save it anew with PyTorch on a usual one.`,
  );

const tooLong = (path: string): WorkError =>
  new WorkError(
    `${path} holds more than weights: its pickle has over ${LARGEST_PICKLE >> 20} MiB. ${stateDictInPython(path)}.`,
  );
