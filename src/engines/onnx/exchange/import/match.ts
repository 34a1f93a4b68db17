import type { Tensors } from '../../../../base/tensor.js';
import { type Graph, withoutAuxiliaries } from '../../../../models/graph/graph.js';
import type { ReadModel } from '../../write/proto.js';
import type { Likenesses, Step, StepGraph } from '../view/graph.js';
import { MisfitError, OtherClassesError } from '../view/misfit.js';
import { differencesOf } from './differences.js';
import { Filling } from './fill.js';
import { notesOf } from './notes.js';
import { type OwnGraph, ownGraph } from './own-graph.js';
import { readGraph } from './read-graph.js';
import { type Matching, matchSteps } from './search.js';

interface OnnxWeights {
  readonly weights: Tensors;
  /** What was done to make them fit. */
  readonly notes: readonly string[];
}

/**
 * The weights of a graph from an ONNX file, ours or another program's, that computes the same: its operators, their
 * attributes and how they are connected are compared with the graph, whatever way and in whatever order the file spells them.
 * @throws WorkError naming the first layer that differs, and what either side has
 */
export function weightsFromOnnx(path: string, model: ReadModel, graph: Graph): OnnxWeights {
  const target = withoutAuxiliaries(graph);
  const likenesses: Likenesses = new Map();
  const own = ownGraph(target, likenesses);
  const theirs = readGraph({ path, model, input: target.input, likenesses });
  const matching = matchingOf(path, target, own, theirs);
  const filling = new Filling(path, own.layouts, matching);
  const found = filling.fill();
  const weights = new Map([...own.layouts.keys()].map((name) => [name, found.get(name)!]));
  return { weights, notes: notesOf(path, target, filling.changes, matching) };
}

function matchingOf(path: string, graph: Graph, own: OwnGraph, theirs: StepGraph): Matching {
  const output = own.outputs[0]!.step;
  const others = theirs.outputs.map(({ step }) => step);
  for (const other of others.flatMap((end) => (isOverClasses(end) ? withoutSoftmax(end) : [end]))) {
    const matching = matchSteps(output, other);
    if (matching) return matching;
  }
  if (others.length === 0) throw new MisfitError(path, 'it computes nothing from an input');
  const wrong = others.find((other) => !isOverClasses(other) && matchSteps(output, other.inputs[0]!.step));
  if (wrong)
    throw new MisfitError(
      path,
      `${wrong.title} has ${axesWords(wrong)}, where softmax over the classes is wanted`,
    );
  const layers = graph.nodes.map(({ name }) => name);
  const all = others.map((other) => {
    const end = withoutSoftmax(other)[0]!;
    return { end, differences: differencesOf(own, output, end, layers) };
  });
  const { end, differences } = all.sort((a, b) => a.differences.length - b.differences.length)[0]!;
  const [first, ...further] = differences;
  const classes = end.shape?.[1] ?? graph.classes;
  const isOfClasses =
    further.length === 0 &&
    (end.kind === 'dense' || end.kind === 'conv') &&
    end.kind === output.kind &&
    classes !== graph.classes;
  if (isOfClasses) throw new OtherClassesError(path, String(first), classes);
  throw new MisfitError(path, `${first}${furtherWords(further.length)}`);
}

const isSoftmax = ({ kind, inputs }: Step): boolean =>
  (kind === 'Softmax' || kind === 'LogSoftmax') && inputs.length === 1;

/** What a file's probabilities are made of, and they themselves: what is compared are the logits. */
function withoutSoftmax(output: Step): Step[] {
  return isSoftmax(output) ? [output.inputs[0]!.step, output] : [output];
}

/** Whether an output's softmax, where it has one, is over all values of a picture and over them alone. */
function isOverClasses(output: Step): boolean {
  if (!isSoftmax(output) || !output.shape) return true;
  const wanted = output.shape.flatMap((extent, axis) => (axis > 0 && extent !== 1 ? [axis] : []));
  return overOf(output).toSorted().join() === wanted.join();
}

const overOf = ({ settings }: Step): readonly number[] => (settings.over ?? []) as readonly number[];

function axesWords(softmax: Step): string {
  const axes = overOf(softmax);
  if (axes.length === 0) return 'an axis of one value';
  return axes.length === 1 ? `axis ${axes[0]}` : `axes ${axes.join(', ')}`;
}

function furtherWords(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '; 1 further layer differs' : `; ${count} further layers differ`;
}
