import { WorkError } from '../../base/errors.js';
import { constantOf, toNumber } from '../../engines/onnx/exchange/view/tensors.js';
import { decodeModel, type ReadModel } from '../../engines/onnx/write/proto.js';
import { contentOf, type OpenFile } from './bytes.js';
import type { Dtype, FileTensor, WeightsFile } from './tensor-file.js';
import { requireFloats } from './values.js';

/** An ONNX file; what belongs where in it the graph tells, not the names. */
export interface OnnxFile extends WeightsFile {
  readonly bytes: Uint8Array;
}

/** TensorProto.DataType */
const DTYPES: Readonly<Record<number, Dtype>> = {
  ...{ 1: 'F32', 10: 'F16', 11: 'F64', 16: 'BF16' },
  ...{ 2: 'U8', 3: 'I8', 4: 'U16', 5: 'I16', 6: 'I32', 7: 'I64', 9: 'BOOL', 12: 'U32', 13: 'U64' },
};

/** Some systems give no larger array. */
const LARGEST_FILE = 2 ** 31 - 1;

/** @returns null where the file is no ONNX model */
export function openOnnx(file: OpenFile): OnnxFile | null {
  const { path } = file;
  if (file.size > LARGEST_FILE)
    throw new WorkError(
      `${path} has more than 2 GiB: save the model with its values in a file of their own (save_as_external_data).`,
    );
  const bytes = contentOf(file);
  const model = decoded(bytes);
  if (model === null) return null;
  const { producerName, metadataProps } = model;
  return {
    path,
    bytes,
    format: 'onnx',
    kind: producerName === '' ? 'an ONNX model' : `an ONNX model, written by ${producerName}`,
    tensors: tensorsIn(path, model),
    isInOrder: true,
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    isOwn: producerName === 'cnnzoo',
    verify: async () => {},
    close: () => file.close(),
  };
}

function decoded(bytes: Uint8Array): ReadModel | null {
  try {
    const model = decodeModel(bytes);
    return model.graph?.node.length ? model : null;
  } catch {
    return null;
  }
}

function tensorsIn(path: string, { graph }: ReadModel): FileTensor[] {
  return graph!.initializer.map((tensor) => {
    const dtype = DTYPES[tensor.dataType ?? 0] ?? 'other';
    const name = tensor.name ?? '';
    const read = (into: Float32Array, begin: number) => {
      requireFloats(path, name, dtype);
      into.set(
        constantOf(path, tensor)
          .values()
          .subarray(begin, begin + into.length),
      );
    };
    return { name, dtype, shape: (tensor.dims ?? []).map(toNumber), read };
  });
}
