import { WorkError } from '../../../errors.js';
import type { AttributeFields, NodeFields, ReadModel } from '../proto.js';
import { type Constant, constantsOf, toNumber, transposed } from './tensors.js';

/** A layer with weights in an ONNX file. */
export interface FileLayer {
  readonly kind: 'conv2d' | 'dense' | 'batchNorm';
  /** For messages: `Conv "features.0"`. */
  readonly title: string;
  /** conv2d: [O, I, kh, kw]; dense: [O, F]. null for batchNorm. */
  readonly kernel: Constant | null;
  readonly bias: Constant | null;
  /** dense: whether F counts a flattened map's channels last, as Keras does; else they come first. */
  readonly channelsLast: boolean;
  /** batchNorm: scale, bias, mean, variance. */
  readonly norm: readonly Constant[];
  readonly epsilon: number;
}

const NOTHING = { kernel: null, bias: null, channelsLast: false, norm: [], epsilon: 0 } as const;
/** ONNX's default. */
const EPSILON = 1e-5;

/** The layers with weights of a file, in the order in which they are computed. @throws WorkError for forms that are not read */
export function fileLayers(path: string, model: ReadModel): FileLayer[] {
  const reader = new LayerReader(path, model);
  return (model.graph?.node ?? []).flatMap((node) => reader.read(node) ?? []);
}

class LayerReader {
  private readonly constants: Map<string, Constant>;
  private readonly makers = new Map<string, NodeFields>();
  private readonly readers = new Map<string, NodeFields[]>();

  constructor(
    private readonly path: string,
    model: ReadModel,
  ) {
    this.constants = constantsOf(path, model);
    for (const node of model.graph?.node ?? []) {
      for (const output of node.output ?? []) this.makers.set(output, node);
      for (const input of node.input ?? [])
        this.readers.set(input, [...(this.readers.get(input) ?? []), node]);
    }
  }

  read(node: NodeFields): FileLayer | undefined {
    switch (node.opType) {
      case 'Conv':
        return this.conv(node);
      case 'Gemm':
        return this.gemm(node);
      case 'MatMul':
        return this.matMul(node);
      case 'BatchNormalization':
        return this.norm(node);
      default:
        return undefined;
    }
  }

  private conv(node: NodeFields): FileLayer | undefined {
    const kernel = this.input(node, 1);
    if (!kernel) return undefined;
    const bias = this.input(node, 2) ?? this.addedBias(node, kernel.dims[0]!);
    return { ...NOTHING, kind: 'conv2d', title: titleOf(node), kernel, bias };
  }

  private gemm(node: NodeFields): FileLayer | undefined {
    const weight = this.input(node, 1);
    if (!weight) return undefined;
    const scales = ['alpha', 'beta'].map((name) => attributeOf(node, name)?.f ?? 1);
    if (scales.some((scale) => scale !== 1) || attributeOf(node, 'transA')?.i) {
      throw new WorkError(
        `${this.path}: ${titleOf(node)} scales or transposes its input, which no layer here does.`,
      );
    }
    const isTurned = toNumber(attributeOf(node, 'transB')?.i ?? 0) === 1;
    return {
      ...NOTHING,
      kind: 'dense',
      title: titleOf(node),
      kernel: isTurned ? weight : turned(weight),
      bias: this.input(node, 2) ?? null,
      channelsLast: this.isChannelsLast(node.input?.[0]),
    };
  }

  private matMul(node: NodeFields): FileLayer | undefined {
    const weight = this.input(node, 1);
    if (weight?.dims.length !== 2) return undefined;
    return {
      ...NOTHING,
      kind: 'dense',
      title: titleOf(node),
      kernel: turned(weight),
      bias: this.addedBias(node, weight.dims[1]!),
      channelsLast: this.isChannelsLast(node.input?.[0]),
    };
  }

  private norm(node: NodeFields): FileLayer {
    const norm = [1, 2, 3, 4].map((i) => this.input(node, i));
    if (norm.includes(undefined)) {
      throw new WorkError(
        `${this.path}: ${titleOf(node)} computes its scale, bias, mean or variance instead of storing it.`,
      );
    }
    const epsilon = attributeOf(node, 'epsilon')?.f ?? EPSILON;
    return { ...NOTHING, kind: 'batchNorm', title: titleOf(node), norm: norm as Constant[], epsilon };
  }

  private input(node: NodeFields, i: number): Constant | undefined {
    return this.constants.get(node.input?.[i] ?? '');
  }

  /** A constant of one value an output that the next node adds. */
  private addedBias(node: NodeFields, count: number): Constant | null {
    for (const reader of this.readers.get(node.output?.[0] ?? '') ?? []) {
      if (reader.opType !== 'Add') continue;
      const added = reader.input
        ?.map((name) => this.constants.get(name))
        .find((constant) => constant !== undefined);
      if (added && added.dims.reduce((a, b) => a * b, 1) === count) return added;
    }
    return null;
  }

  /** Whether a flattened map was turned to channels last before: only then a Transpose to [N, H, W, C] lies in between. */
  private isChannelsLast(name: string | undefined): boolean {
    let tensor = name ?? '';
    for (let maker = this.makers.get(tensor); maker; maker = this.makers.get(tensor)) {
      if (maker.opType === 'Transpose') {
        return attributeOf(maker, 'perm')?.ints?.map(toNumber).join() === '0,2,3,1';
      }
      if (!PASSING.has(maker.opType ?? '')) return false;
      tensor = maker.input?.[0] ?? '';
    }
    return false;
  }
}

/** Operators that leave the order of values as it is. */
const PASSING = new Set([
  'Flatten',
  'Reshape',
  'Squeeze',
  'Identity',
  'Dropout',
  'Cast',
  'Relu',
  'Tanh',
  'Sigmoid',
]);

function titleOf({ opType, name, output }: NodeFields): string {
  return `${opType} "${name || output?.[0]}"`;
}

function attributeOf({ attribute }: NodeFields, name: string): AttributeFields | undefined {
  return attribute?.find((a) => a.name === name);
}

function turned(matrix: Constant): Constant {
  const [rows = 0, columns = 0] = matrix.dims;
  return { ...matrix, dims: [columns, rows], values: () => transposed(matrix.values(), rows, columns) };
}
