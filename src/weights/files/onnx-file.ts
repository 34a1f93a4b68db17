import type { OpenFile } from '../../base/files/bytes.js';
import { readModel } from '../../engines/onnx/exchange/view/model-file.js';
import { constantOf, toNumber } from '../../engines/onnx/exchange/view/tensors.js';
import type { ReadModel } from '../../engines/onnx/write/proto.js';
import type { Dtype, FileTensor, WeightsFile } from './tensor-file.js';
import { requireFloats } from './values.js';

/** An ONNX file; what belongs where in it the graph tells, not the names. */
export interface OnnxFile extends WeightsFile {
  /** Its large values are still in the file. */
  readonly model: ReadModel;
}

/** TensorProto.DataType */
const DTYPES: Readonly<Record<number, Dtype>> = {
  ...{ 1: 'F32', 10: 'F16', 11: 'F64', 16: 'BF16' },
  ...{ 2: 'U8', 3: 'I8', 4: 'U16', 5: 'I16', 6: 'I32', 7: 'I64', 9: 'BOOL', 12: 'U32', 13: 'U64' },
};

/** @returns null where the file is no ONNX model */
export function openOnnx(file: OpenFile): OnnxFile | null {
  const { path } = file;
  const model = readModel(path, file);
  if (model === null) return null;
  const { producerName, metadataProps } = model;
  return {
    path,
    model,
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

function tensorsIn(path: string, { graph }: ReadModel): FileTensor[] {
  return graph!.initializer.map((tensor) => {
    const dtype = DTYPES[tensor.dataType ?? 0] ?? 'other';
    const name = tensor.name ?? '';
    const read = (into: Float32Array, begin: number) => {
      requireFloats(path, name, dtype);
      constantOf(path, tensor).read(into, begin);
    };
    return { name, dtype, shape: (tensor.dims ?? []).map(toNumber), read };
  });
}
