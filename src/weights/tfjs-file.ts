import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../base/errors.js';
import { sizeOf, type Tensor, type Tensors } from '../base/tensor.js';

/** A layers model of TensorFlow.js, as far as its weights go. */
interface TfjsFile {
  readonly tensors: Tensors;
  /** What its maker wrote about it; {} where nothing. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Whether it is cnnzoo's own. */
  readonly isOwn: boolean;
}

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
  readonly quantization?: unknown;
}

/**
 * Reads model.json and the shards beside it; the names and layouts are Keras's, as ours are.
 * @param json the text of model.json
 * @throws WorkError naming what is wrong: not such a file, a shard that is missing or cut short, values that are not float32
 */
export async function readTfjs(path: string, json: string): Promise<TfjsFile> {
  const model = parseModel(path, json);
  const tensors = new Map<string, Tensor>();
  for (const { paths, weights } of model.weightsManifest) {
    const shards = await Promise.all(paths.map((shard) => readShard(path, shard)));
    takeTensors(path, Buffer.concat(shards), weights, tensors);
  }
  const { convertedBy, userDefinedMetadata = {} } = model;
  const isOwn = typeof convertedBy === 'string' && convertedBy.startsWith('cnnzoo ');
  return { tensors, metadata: userDefinedMetadata, isOwn };
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
    `${path} is not the model.json of TensorFlow.js, or it is damaged: it has no "weightsManifest" of shards and weights.`,
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
async function readShard(path: string, shard: string): Promise<Buffer> {
  if (!/^[^/\\]+$/.test(shard) || shard === '..') {
    throw new WorkError(`${path} keeps weights outside its folder, in ${shard}: that is not read.`);
  }
  const file = join(dirname(path), shard);
  try {
    return await readFile(file);
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new WorkError(`${path} keeps weights in ${file}, which cannot be read: ${why}.`);
  }
}

function takeTensors(path: string, data: Buffer, specs: readonly Spec[], tensors: Map<string, Tensor>): void {
  let at = 0;
  for (const { name, shape, dtype, quantization } of specs) {
    if (dtype !== 'float32' || quantization !== undefined) {
      const kind = quantization === undefined ? dtype : 'quantized';
      throw new WorkError(`${path} holds "${name}" as ${kind}: only float32 can be read.`);
    }
    const end = at + 4 * sizeOf(shape);
    if (end > data.length) {
      throw new WorkError(`${path} is damaged: its shards have ${data.length} bytes, too few for "${name}".`);
    }
    // A copy, since the values may lie anywhere in the shards.
    tensors.set(name, { shape, data: new Float32Array(new Uint8Array(data.subarray(at, end)).buffer) });
    at = end;
  }
  if (at < data.length) {
    throw new WorkError(`${path} is damaged: ${data.length - at} bytes of its shards belong to no weight.`);
  }
}
