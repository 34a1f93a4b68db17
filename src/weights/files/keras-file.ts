import { WorkError } from '../../base/errors.js';
import { type Bytes, broken, contentOf, type OpenFile } from '../../base/files/bytes.js';
import { type Hdf5File, openHdf5 } from './hdf5.js';
import type { FileTensor, WeightsFile } from './tensor-file.js';
import type { ZipEntry } from './zip.js';

/*
 * Keras keeps its weights in HDF5 in three ways: Keras 1 and 2 a group a layer, listed in an attribute `layer_names`, at the
 * top of files of weights and below `model_weights` in files of models; Keras 3 `layers/NAME/vars/0`, where NAME is the
 * class and its number, with the layer's own name in an attribute of newer files or in config.json of a `.keras` archive.
 */

/** Parts of a `.keras` archive. */
const [WEIGHTS, CONFIG, METADATA] = ['model.weights.h5', 'config.json', 'metadata.json'] as const;

/** Whether an archive is a `.keras` file. */
export const isKerasArchive = (entries: ReadonlyMap<string, ZipEntry>): boolean =>
  entries.has(WEIGHTS) && entries.has(CONFIG);

/**
 * `.h5` and `.weights.h5`.
 * @throws WorkError where it is torn, or no file of Keras's
 */
export async function openKerasHdf5(file: OpenFile): Promise<WeightsFile> {
  return opened(file, file, 'keras-hdf5', undefined, async () => {});
}

/**
 * `.keras`: a zip archive with the architecture and an HDF5 file of weights.
 * @throws WorkError as openKerasHdf5
 */
export async function openKerasArchive(
  file: OpenFile,
  entries: ReadonlyMap<string, ZipEntry>,
): Promise<WeightsFile> {
  const weights = entries.get(WEIGHTS)!;
  const config = jsonIn(file.path, entries.get(CONFIG)!);
  const metadata = entries.has(METADATA) ? jsonIn(file.path, entries.get(METADATA)!) : {};
  const opening = opened(file, weights.open(), 'keras', layerNamesIn(config), async () => weights.check());
  return { ...(await opening), metadata: metadata as Record<string, unknown> };
}

async function opened(
  file: OpenFile,
  bytes: Bytes,
  format: 'keras-hdf5' | 'keras',
  names: ReadonlyMap<string, string> | undefined,
  verify: () => Promise<void>,
): Promise<WeightsFile> {
  const hdf5 = await openHdf5(file.path, bytes);
  const { tensors, version } = tensorsIn(file.path, hdf5, names);
  const what = format === 'keras' ? 'a .keras file of Keras 3' : `an HDF5 file of ${version}`;
  return {
    path: file.path,
    format,
    kind: what,
    tensors,
    isInOrder: true,
    metadata: saidOf(hdf5),
    isOwn: false,
    verify,
    async close() {
      hdf5.close();
      await file.close();
    },
  };
}

function tensorsIn(
  path: string,
  hdf5: Hdf5File,
  names: ReadonlyMap<string, string> | undefined,
): { tensors: FileTensor[]; version: string } {
  const top = hdf5.has('model_weights') ? 'model_weights' : '';
  const layers = listOf(hdf5, top, 'layer_names');
  if (layers.length > 0)
    return { tensors: layers.flatMap((layer) => ofLayer(path, hdf5, top, layer)), version: 'Keras 1 or 2' };
  const group = ['layers', '_layer_checkpoint_dependencies'].find((name) => hdf5.has(name));
  const variables =
    group === undefined ? [] : hdf5.datasets(group).filter((name) => /\/vars\/\d+$/.test(name));
  if (variables.length > 0) return { tensors: ofVariables(hdf5, variables, names), version: 'Keras 3' };
  throw new WorkError(
    `${path} is an HDF5 file, but not one of Keras's weights: it has neither "layer_names" nor layers/NAME/vars. Save them by model.save_weights("NAME.weights.h5").`,
  );
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('/');

/** A long list of names lies in several attributes: layer_names0, layer_names1, ... */
function listOf(hdf5: Hdf5File, group: string, attribute: string): string[] {
  const whole = hdf5.texts(group, attribute);
  if (whole.length > 0) return whole;
  const all: string[] = [];
  for (let part = 0; ; part++) {
    const names = hdf5.texts(group, `${attribute}${part}`);
    if (names.length === 0) return all;
    all.push(...names);
  }
}

function ofLayer(path: string, hdf5: Hdf5File, top: string, layer: string): FileTensor[] {
  const group = join(top, layer);
  if (!hdf5.has(group)) throw broken(path, `is damaged: it names a layer "${layer}", but has none`);
  return listOf(hdf5, group, 'weight_names').map((name) => {
    const tensor = hdf5.tensor(join(group, name));
    return { ...tensor, name: `${layer}/${weightName(name)}` };
  });
}

/** What Keras 1 called otherwise; its running_std was the variance all along. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  W: 'kernel',
  b: 'bias',
  running_mean: 'moving_mean',
  running_std: 'moving_variance',
};

/** `kernel` of `conv/kernel:0`, and of Keras 1's `conv_W_1:0`. */
function weightName(name: string): string {
  const last = name.split('/').at(-1)!.replace(/:\d+$/, '');
  const old = /_(W|b|gamma|beta|running_mean|running_std)(_\d+)?$/.exec(last)?.[1];
  return old === undefined ? last : (OLD_NAMES[old] ?? old);
}

/** By number: a normalization has four variables of one shape, other layers a kernel and a bias. */
const [NORM, OTHER] = [
  ['gamma', 'beta', 'moving_mean', 'moving_variance'],
  ['kernel', 'bias'],
];

function ofVariables(
  hdf5: Hdf5File,
  variables: readonly string[],
  names: ReadonlyMap<string, string> | undefined,
): FileTensor[] {
  const groups = new Map<string, string[]>();
  for (const name of variables) {
    const group = name.replace(/\/vars\/\d+$/, '');
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups].flatMap(([group, members]) => {
    const [own] = [`${group}/vars`, group].flatMap((place) => hdf5.texts(place, 'name'));
    const key = group.split('/').at(-1)!;
    const layer = own ?? names?.get(key) ?? key;
    const parts = members.length === NORM!.length ? NORM! : OTHER!;
    return members.map((member, i) => ({ ...hdf5.tensor(member), name: `${layer}/${parts[i] ?? i}` }));
  });
}

/** What the groups of Keras 3 stand for: the class of a layer and its number among those of its class. */
function layerNamesIn(config: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const layers = (config as { config?: { layers?: unknown } } | null)?.config?.layers;
  for (const layer of Array.isArray(layers) ? layers : []) {
    const { class_name: kind, config: own } = (layer ?? {}) as {
      class_name?: unknown;
      config?: { name?: unknown };
    };
    if (typeof kind !== 'string' || typeof own?.name !== 'string') continue;
    const snake = snakeCase(kind);
    const count = counts.get(snake) ?? 0;
    counts.set(snake, count + 1);
    names.set(count === 0 ? snake : `${snake}_${count}`, own.name);
  }
  return names;
}

/** Conv2D as conv2d, BatchNormalization as batch_normalization: as Keras writes classes. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function saidOf(hdf5: Hdf5File): Record<string, string> {
  const said = ['keras_version', 'backend'].flatMap((name) =>
    hdf5.texts('', name).map((text) => [name, text]),
  );
  return Object.fromEntries(said) as Record<string, string>;
}

/** A config has at most so many bytes. */
const LONGEST_JSON = 1 << 24;

function jsonIn(path: string, entry: ZipEntry): unknown {
  try {
    if (entry.size > LONGEST_JSON) throw new Error('too long');
    return JSON.parse(contentOf(entry.open()).toString());
  } catch (error) {
    if (error instanceof WorkError) throw error;
    throw broken(path, `is damaged: ${entry.name} in it is not JSON`);
  }
}
