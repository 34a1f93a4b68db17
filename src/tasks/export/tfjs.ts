import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeOutFolder, writeBytes, writeWhole, writeWholeText } from '../../base/files/files.js';
import { cnnzooVersion } from '../../base/files/version.js';
import { toHalves } from '../../base/half.js';
import { listed } from '../../base/text/words.js';
import { type LayersModelFiles, saveLayersModel } from '../../engines/tensorflow/export.js';
import type { Network } from '../../training/evaluation/network.js';
import { factsOf } from './facts.js';
import { halved } from './halved.js';
import type { Target, WrittenFile } from './target.js';

/** As large as TensorFlow.js makes them, so that browsers cache them. */
const SHARD_BYTES = 4 * 1024 * 1024;
const MODEL = 'model.json';

/**
 * A folder that `tf.loadLayersModel` reads: model.json and the weights in shards. Shards are named after their content and
 * written before model.json, so that whoever loads the model finds all of the old one or all of the new one.
 */
export const tfjs: Target = {
  isFolder: true,
  takes: { dtype: ['float32', 'float16'] },
  example: (model) => `${model}-tfjs`,
  async write(network, path, { dtype = 'float32' } = {}) {
    const isHalf = dtype === 'float16';
    const saved = await saveLayersModel(network.graph, isHalf ? halved(network).weights : network.weights);
    const model = isHalf ? asHalves(saved) : saved;
    makeOutFolder(path);
    const before = shardsIn(path);
    const shards = await writeShards(path, model.data, before);
    const names = shards.map((shard) => basename(shard.path));
    const json = {
      format: 'layers-model',
      generatedBy: model.generatedBy,
      convertedBy: `cnnzoo ${cnnzooVersion()}`,
      userDefinedMetadata: { ...factsOf(network), inputLayout: 'NHWC' },
      modelTopology: model.topology,
      weightsManifest: [{ paths: names, weights: model.specs }],
    };
    const file = join(path, MODEL);
    await writeWholeText(file, { what: 'the model' }, JSON.stringify(json));
    for (const name of before) if (!names.includes(name)) rmSync(join(path, name), { force: true });
    return {
      files: [{ path: file, bytes: statSync(file).size }, ...shards],
      form: `${formOf(network)}${isHalf ? ', weights as float16' : ''}`,
      largestDifference: null,
      notes: model.customLayers.length === 0 ? [] : [customNote(model.customLayers)],
    };
  },
};

/** Weights as TensorFlow.js's converter quantizes them to float16: it reads them as float32. */
function asHalves(model: LayersModelFiles): LayersModelFiles {
  const { data, specs } = model;
  const values = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  return {
    ...model,
    specs: specs.map((spec) => ({ ...spec, quantization: { dtype: 'float16' } })),
    data: new Uint8Array(toHalves(values).buffer),
  };
}

function formOf({ graph, classes }: Network): string {
  const [height, width, channels] = graph.input;
  return `layers model, [batch, ${height}, ${width}, ${channels}] to [batch, ${classes.length}]`;
}

function customNote(layers: readonly string[]): string {
  return `TensorFlow.js does not know ${listed(layers, layers.length)}: call registerLayers(tf) of "cnnzoo/tfjs" before tf.loadLayersModel.`;
}

/** Of the model that a folder holds already; none where it holds none of ours. */
function shardsIn(path: string): string[] {
  try {
    const { convertedBy, weightsManifest } = JSON.parse(readFileSync(join(path, MODEL), 'utf8')) as {
      convertedBy?: string;
      weightsManifest?: { paths: string[] }[];
    };
    if (!convertedBy?.startsWith('cnnzoo ')) return [];
    return (weightsManifest ?? [])
      .flatMap(({ paths }) => paths)
      .filter((name) => /^weights-[\w-]+\.bin$/.test(name));
  } catch {
    return [];
  }
}

/** @param kept shards that are not to be taken away again where something fails */
async function writeShards(path: string, data: Uint8Array, kept: readonly string[]): Promise<WrittenFile[]> {
  const count = Math.max(1, Math.ceil(data.length / SHARD_BYTES));
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 8);
  const written: WrittenFile[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const part = data.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES);
      const file = join(path, `weights-${hash}-${i + 1}of${count}.bin`);
      await writeWhole(file, { what: 'the weights' }, (handle) => writeBytes(handle, part));
      written.push({ path: file, bytes: part.length });
    }
  } catch (error) {
    for (const { path: file } of written) if (!kept.includes(basename(file))) rmSync(file, { force: true });
    throw error;
  }
  return written;
}
