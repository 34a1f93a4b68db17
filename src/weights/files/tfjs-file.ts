import { dirname, join } from 'node:path';
import { UsageError, WorkError } from '../../base/errors.js';
import {
  type Bytes,
  broken,
  contentOf,
  joined,
  type OpenFile,
  openFile,
  windowOf,
} from '../../base/files/bytes.js';
import { sizeOf } from '../../base/tensor.js';
import type { Dtype, FileTensor, WeightsFile } from './tensor-file.js';
import { BYTES_OF, plainTensor } from './values.js';

interface ModelJson {
  readonly convertedBy?: unknown;
  readonly userDefinedMetadata?: Readonly<Record<string, unknown>>;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly Spec[];
  }[];
}

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype?: unknown };
}

/** A model.json names its weights and shards: that takes no more. */
const LONGEST_JSON = 1 << 26;

/**
 * model.json and the shards beside it; the names and layouts are Keras's, as ours are.
 * @throws WorkError naming what is wrong: not such a file, a shard that is missing or cut short, values of other types
 */
export async function openTfjs(file: OpenFile): Promise<WeightsFile> {
  const { path } = file;
  const model = parseModel(
    path,
    contentOf(windowOf(path, file, 0, Math.min(file.size, LONGEST_JSON))).toString(),
  );
  const shards: OpenFile[] = [];
  const close = async () => {
    for (const open of [...shards, file]) await open.close();
  };
  try {
    const tensors: FileTensor[] = [];
    for (const { paths, weights } of model.weightsManifest) {
      const own: OpenFile[] = [];
      for (const shard of paths) own.push(await openShard(path, shard));
      shards.push(...own);
      tensors.push(...tensorsIn(path, joined(own), weights));
    }
    return describe(path, model, tensors, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function describe(
  path: string,
  { convertedBy, userDefinedMetadata = {} }: ModelJson,
  tensors: readonly FileTensor[],
  close: () => Promise<void>,
): WeightsFile {
  const isOwn = typeof convertedBy === 'string' && convertedBy.startsWith('cnnzoo ');
  return {
    path,
    format: 'tensorflow.js',
    kind: 'the model.json of a TensorFlow.js model, with its shards',
    tensors,
    isInOrder: true,
    metadata: userDefinedMetadata,
    isOwn,
    verify: async () => {},
    close,
  };
}

function parseModel(path: string, json: string): ModelJson {
  let model: Partial<ModelJson> | null = null;
  try {
    model = JSON.parse(json) as Partial<ModelJson> | null;
  } catch {
    // Said below.
  }
  if (model !== null && typeof model === 'object' && isManifest(model.weightsManifest)) {
    return model as ModelJson;
  }
  throw new WorkError(
    `${path} is not the model.json of TensorFlow.js, or it is damaged: it has no "weightsManifest" of shards and weights. Name the model.json that tensorflowjs_converter or model.save() wrote.`,
  );
}

function isManifest(groups: unknown): groups is ModelJson['weightsManifest'] {
  const isGroup = ({ paths, weights }: { paths?: unknown; weights?: unknown }) =>
    Array.isArray(paths) &&
    paths.every((shard) => typeof shard === 'string') &&
    Array.isArray(weights) &&
    weights.every(({ name, shape }: Partial<Spec>) => typeof name === 'string' && isCounts(shape));
  return Array.isArray(groups) && groups.every(isGroup);
}

const isCounts = (shape: unknown): boolean =>
  Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);

/** Only from the model's own folder. */
async function openShard(path: string, shard: string): Promise<OpenFile> {
  if (!/^[^/\\]+$/.test(shard) || shard === '..') {
    throw new WorkError(
      `${path} keeps weights outside its folder, in ${shard}: that is not read. Put that file beside it and name it there.`,
    );
  }
  const file = join(dirname(path), shard);
  return openFile(file).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    const why = error.message.replace(`${file}: `, '');
    throw new WorkError(
      `${path} keeps weights in ${file}, which cannot be read: ${why} Put that file beside it.`,
    );
  });
}

function tensorsIn(path: string, shards: Bytes, specs: readonly Spec[]): FileTensor[] {
  let at = 0;
  const tensors = specs.map((spec) => {
    const { name, shape } = spec;
    const dtype = dtypeOf(path, spec);
    const size = BYTES_OF[dtype] * sizeOf(shape);
    if (at + size > shards.size) {
      throw broken(path, `is damaged: its shards have ${shards.size} bytes, too few for "${name}"`);
    }
    const part = windowOf(path, shards, at, size);
    at += size;
    return plainTensor(path, name, dtype, shape, part);
  });
  if (at < shards.size) {
    throw broken(path, `is damaged: ${shards.size - at} bytes of its shards belong to no weight`);
  }
  return tensors;
}

function dtypeOf(path: string, { name, dtype, quantization }: Spec): Dtype {
  if (dtype === 'float32' && quantization === undefined) return 'F32';
  if (dtype === 'float32' && quantization?.dtype === 'float16') return 'F16';
  const kind = quantization === undefined ? dtype : `quantized to ${String(quantization?.dtype)}`;
  throw new WorkError(
    `${path} holds "${name}" as ${kind}: float32 and float16 can be read. Convert the model again without quantization.`,
  );
}
