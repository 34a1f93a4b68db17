import { WorkError } from '../../../../base/errors.js';
import { broken } from '../../../../base/files/bytes.js';
import { BATCH } from '../../write/export-writer.js';
import type { AttributeFields, NodeFields, ReadModel, ValueFields } from '../../write/proto.js';
import { leastInputs, READERS } from '../readers/index.js';
import { ofIntegers } from '../readers/shapes.js';
import { type Likenesses, type StepGraph, StepMaker, type View } from '../view/graph.js';
import { isView, NodeReader, type Operand, titleOf } from '../view/node-reader.js';
import { constantOf, toNumber } from '../view/tensors.js';
import { viewOf } from '../view/views.js';

interface GraphSource {
  readonly path: string;
  readonly model: ReadModel;
  /** What our network takes, [H, W, C]: sizes are worked out for that, whatever size the file was made for. */
  readonly input: readonly [number, number, number];
  readonly likenesses: Likenesses;
  /** In our own graph: the weight that an initializer stands for, by its name. */
  readonly slots?: ReadonlyMap<string, string>;
}

/** What a file computes, whatever way and in whatever order it spells it. @throws WorkError for forms that are not read */
export function readGraph(source: GraphSource): StepGraph {
  return new GraphReader(source).read();
}

/** Of a graph that does not say its own, as that of our networks. */
const NEWEST_OPSET = 17;

class GraphReader {
  readonly #operands = new Map<string, Operand>();
  readonly #makers = new Map<string, NodeFields>();
  readonly #readers = new Map<string, number>();
  readonly #source: GraphSource;
  readonly #steps: StepMaker;
  readonly #opset: number;

  constructor(source: GraphSource) {
    this.#source = source;
    this.#steps = new StepMaker(source.likenesses);
    const { model, path, slots } = source;
    const standard = model.opsetImport?.find(({ domain }) => !domain || domain === 'ai.onnx');
    this.#opset = toNumber(standard?.version ?? NEWEST_OPSET);
    for (const node of (model.graph?.node ?? []).map(branchesToSqueeze)) {
      for (const output of node.output ?? []) this.#makers.set(output, node);
      for (const input of node.input ?? []) this.#readers.set(input, (this.#readers.get(input) ?? 0) + 1);
    }
    for (const tensor of model.graph?.initializer ?? []) {
      const slot = slots?.get(tensor.name ?? '');
      const constant = constantOf(path, tensor);
      this.#operands.set(constant.name, slot === undefined ? constant : { ...constant, slot });
    }
    for (const value of model.graph?.input ?? []) {
      if (!this.#operands.has(value.name)) this.#operands.set(value.name, this.#image(value));
    }
  }

  read(): StepGraph {
    this.#checkPrecision();
    this.#checkNames();
    const outputs = (this.#source.model.graph?.output ?? []).flatMap(({ name }) => this.#resolve(name) ?? []);
    return { outputs: outputs.filter(isView), steps: this.#steps.steps };
  }

  /** @throws WorkError where weights or values are kept as whole numbers: what they were before cannot be had of them */
  #checkPrecision(): void {
    const quantizes = ({ opType = '' }: NodeFields) =>
      /^(Dynamic)?QuantizeLinear$|^DequantizeLinear$/.test(opType);
    if (!this.#source.model.graph?.node.some(quantizes)) return;
    throw new WorkError(
      `${this.#source.path} holds a network in int8, whose weights are rounded to whole numbers: take a file of it in float32.`,
    );
  }

  /** @throws WorkError where a node has too few inputs, or a name stands for nothing that the file stores or computes */
  #checkNames(): void {
    const { node: nodes, output: outputs } = this.#source.model.graph ?? { node: [], output: [] };
    const isNothing = (name: string) => !this.#operands.has(name) && !this.#makers.has(name);
    for (const node of nodes.map(branchesToSqueeze)) {
      const inputs = node.input ?? [];
      // An input that is left out has an empty name.
      const unknown = inputs.find((input) => input !== '' && isNothing(input));
      if (unknown !== undefined)
        throw this.#damaged(`${titleOf(node)} reads "${unknown}", which nothing computes`);
      const least = leastInputs(node);
      const given = [...inputs, ''].indexOf('');
      if (given < least)
        throw this.#damaged(`${titleOf(node)} has no input ${given + 1} of the ${least} that it needs`);
    }
    const unknown = outputs.find(({ name }) => isNothing(name));
    if (unknown) throw this.#damaged(`its output is "${unknown.name}", which nothing computes`);
  }

  #damaged(why: string): WorkError {
    return broken(this.#source.path, `is damaged: ${why}`);
  }

  /** The picture: [N, C, H, W], or as the file says [N, H, W, C], or one channel as [N, H, W] or a vector. */
  #image({ name, type }: ValueFields): View {
    const [height, width, channels] = this.#source.input;
    const declared = (type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) => toNumber(dimValue ?? 0));
    const batch = declared[0] || BATCH;
    this.#steps.title = `the input "${name}"`;
    const shape = [batch, channels, height, width];
    const view = viewOf(this.#steps.make({ kind: 'input', settings: {}, inputs: [], constants: [], shape }));
    const pick = (...axes: readonly (readonly number[])[]): View => ({
      ...view,
      dims: axes.map((group) => group.reduce((size, axis) => size * shape[axis]!, 1)),
      groups: axes.map((group) => group.filter((axis) => shape[axis] !== 1)),
    });
    if (declared.length === 2) return pick([0], [1, 2, 3]);
    if (declared.length === 3) return channels === 1 ? pick([0], [2], [3]) : pick([1], [2], [3]);
    return this.#isChannelsLast(name, declared) ? pick([0], [2], [3], [1]) : view;
  }

  #isChannelsLast(name: string, declared: readonly number[]): boolean {
    const channels = this.#source.input[2];
    const first = this.#source.model.graph?.node.find(({ input }) => input?.[0] === name);
    const perm = first?.attribute?.find((a) => a.name === 'perm')?.ints?.map(toNumber);
    if (first?.opType === 'Transpose' && perm?.length === 4) return perm.join() === '0,3,1,2';
    return declared[1] !== channels && declared[3] === channels;
  }

  /** Follows the data from a tensor back to what is known, without recursion: networks may have thousands of layers. */
  #resolve(name: string): Operand | undefined {
    const open = [name];
    const begun = new Set<NodeFields>();
    while (open.length > 0) {
      const wanted = open[open.length - 1]!;
      const node = this.#makers.get(wanted);
      const isKnown = this.#operands.has(wanted);
      if (isKnown || !node) {
        open.pop();
        continue;
      }
      const missing = (node.input ?? []).filter(
        (input) => !this.#operands.has(input) && this.#makers.has(input),
      );
      if (missing.length > 0 && begun.has(node))
        throw this.#damaged(`its nodes form a circle: ${titleOf(node)} needs what it computes itself`);
      if (missing.length > 0) {
        begun.add(node);
        open.push(...missing);
        continue;
      }
      this.#readNode(node);
      open.pop();
    }
    return this.#operands.get(name);
  }

  #readNode(node: NodeFields): void {
    const operands = (node.input ?? []).map((input) => this.#operands.get(input));
    while (operands.length > 0 && operands[operands.length - 1] === undefined) operands.pop();
    const isReadOnce = (i: number) => this.#readers.get(node.input?.[i] ?? '') === 1;
    const reader = new NodeReader(this.#source.path, node, operands, this.#steps, isReadOnce, this.#opset);
    this.#steps.title = reader.title;
    const end = node.name?.lastIndexOf('/') ?? -1;
    this.#steps.layer = this.#source.slots ? (node.name ?? '').slice(0, Math.max(0, end)) : '';
    const known = node.domain ? undefined : READERS[node.opType ?? ''];
    const [main, ...further] = node.output ?? [];
    const read: Operand = ofIntegers(reader) ?? known?.(reader) ?? reader.asItStands(null);
    this.#operands.set(main ?? '', read);
    for (const [i, output] of further.entries()) {
      if (this.#readers.has(output)) this.#operands.set(output, reader.asItStands(null, { output: i + 1 }));
    }
  }
}

/** PyTorch's `squeeze` of an axis asks for its extent: an If, one of whose branches squeezes what the other passes on. */
function branchesToSqueeze(node: NodeFields): NodeFields {
  const branches = (node.attribute ?? []).flatMap(
    ({ g }) => g?.node.filter(({ opType }) => opType !== 'Constant') ?? [],
  );
  const squeeze = branches.find(({ opType }) => opType === 'Squeeze');
  const passing = branches.find(({ opType }) => opType === 'Identity');
  const source = squeeze?.input?.[0];
  if (node.opType !== 'If' || branches.length !== 2 || !source || passing?.input?.[0] !== source) return node;
  const axes = squeeze.attribute?.find(({ name }) => name === 'axes') ?? axesOfInput(node, squeeze);
  return { ...node, input: [source], attribute: axes ? [axes] : [] };
}

function axesOfInput(node: NodeFields, { input }: NodeFields): AttributeFields | undefined {
  const nodes = (node.attribute ?? []).flatMap(({ g }) => g?.node ?? []);
  const value = nodes
    .find(({ output }) => output?.[0] === input?.[1])
    ?.attribute?.find(({ name }) => name === 'value')?.t;
  return value && { name: 'axes', ints: Array.from(constantOf('', value).numbers()) };
}
