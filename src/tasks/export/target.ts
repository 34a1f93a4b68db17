import type { Calibration } from '../../training/evaluation/calibration.js';
import type { Network } from '../../training/evaluation/network.js';

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

/** What came of an export. */
export interface Written {
  readonly files: readonly WrittenFile[];
  /** In a line, for people: "opset 17, image [batch, 1, 28, 28] to probabilities [batch, 10]". */
  readonly form: string;
  /** Of a probability from our own, where the files were run by the program that they are for; else null. */
  readonly largestDifference: number | null;
  /** What its user must know. */
  readonly notes: readonly string[];
}

/** What can be asked of some forms. */
export interface ExportOptions {
  /** The version of ONNX's standard operators. */
  readonly opset?: number;
  /** What weights are kept as; float32 where absent. */
  readonly dtype?: Exclude<Dtype, 'int8'>;
  /** Training images of the network, where weights are to be kept as int8, and computed with. */
  readonly calibration?: Calibration;
}

export const DTYPES = ['float32', 'float16', 'int8'] as const;
export type Dtype = (typeof DTYPES)[number];

/** A form in which networks leave: one file here, one line below. */
export interface Target {
  /** Whether PATH is a folder. */
  readonly isFolder: boolean;
  /** What a PATH looks like, for messages: "lenet5.onnx". */
  example(model: string): string;
  /** The options that it knows, and what it can keep weights as where that is one of them. */
  readonly takes: { readonly opset?: true; readonly dtype?: readonly Dtype[] };
  write(network: Network, path: string, options?: ExportOptions): Promise<Written>;
}
