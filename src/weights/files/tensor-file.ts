/** How a value lies in a file; the names are those of safetensors. */
export type Dtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL'
  | 'other';

/** One array of a file, its values still where they are. */
export interface FileTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /**
   * Fills `into` with as many values, as float32, in row-major order, from the one at place `begin` on.
   * @throws WorkError where they are no floats, or the file is damaged
   */
  read(into: Float32Array, begin: number): void;
}

/** The forms of files that weights come in. */
export type FileFormat =
  | 'safetensors'
  | 'pytorch'
  | 'keras-hdf5'
  | 'keras'
  | 'tensorflow.js'
  | 'onnx'
  | 'run';

/** A file of weights that is open: what is in it, without the values. */
export interface WeightsFile {
  /** As it was named. */
  readonly path: string;
  readonly format: FileFormat;
  /** What it is, in words: "a PyTorch state dict, in a zip archive". */
  readonly kind: string;
  readonly tensors: readonly FileTensor[];
  /** Whether the tensors stand in the order in which the network has them, kind by kind. */
  readonly isInOrder: boolean;
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Whether cnnzoo wrote it. */
  readonly isOwn: boolean;
  /**
   * Holds the values against the checksums that the file has of them.
   * @throws WorkError where one is wrong
   */
  verify(): Promise<void>;
  close(): Promise<void>;
}

/** Whether a type is one that weights have; others count something. */
export const isFloat = (dtype: Dtype): boolean => ['F64', 'F32', 'F16', 'BF16'].includes(dtype);
