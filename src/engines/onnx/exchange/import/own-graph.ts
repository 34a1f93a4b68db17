import type { Graph } from '../../../../models/graph/graph.js';
import type { WeightLayout } from '../../operators/contract/operator.js';
import { packedDims } from '../../plan/layout.js';
import { writePlain } from '../../plan/plain.js';
import { planInference } from '../../plan/plan.js';
import { traceGraph, weightLayouts } from '../../plan/trace.js';
import { EXPORTED } from '../../programs/names.js';
import { BATCH, ExportWriter } from '../../write/export-writer.js';
import type { ReadModel } from '../../write/proto.js';
import type { Ref } from '../../write/ref.js';
import type { Likenesses, StepGraph } from '../view/graph.js';
import { readGraph } from './read-graph.js';

export interface OwnGraph extends StepGraph {
  /** How each weight is laid out in the graph, by its name. */
  readonly layouts: ReadonlyMap<string, WeightLayout>;
}

/** Remembers for which weight an initializer stands. */
class SlotWriter extends ExportWriter {
  readonly slots = new Map<string, string>();

  override weight(label: string, data: () => Float32Array, dims: readonly number[]): Ref {
    const ref = super.weight(label, data, dims);
    this.slots.set(ref.name, label).set(label, label);
    return ref;
  }
}

const NO_VALUES = () => new Float32Array();

/** A network of ours as an export of it would be, up to its logits and without the values of the weights. */
interface OwnModel {
  readonly model: ReadModel;
  /** The weight that an initializer stands for, by its name. */
  readonly slots: ReadonlyMap<string, string>;
  readonly layouts: ReadonlyMap<string, WeightLayout>;
}

export function ownModel(graph: Graph): OwnModel {
  const trace = planInference(traceGraph(graph));
  const layouts = weightLayouts(trace);
  const g = new SlotWriter(graph.name, { opset: ExportWriter.OPSET, dtype: 'float32' });
  const [height, width, channels] = graph.input;
  const image = g.input(EXPORTED.image, [BATCH, channels, height, width]);
  const weights = new Map<string, Ref>();
  for (const [name, layout] of layouts) weights.set(name, g.weight(name, NO_VALUES, packedDims(layout)));
  const refs = writePlain(g, trace, { image, weights, forExport: true });
  g.output(refs.get(trace.output.id)!, EXPORTED.logits);
  return { model: { graph: g.message() } as ReadModel, slots: g.slots, layouts };
}

/** The same in the form in which files are compared. */
export function ownGraph(graph: Graph, likenesses: Likenesses): OwnGraph {
  const { model, slots, layouts } = ownModel(graph);
  const read = readGraph({ path: graph.name, model, input: graph.input, likenesses, slots });
  return { ...read, layouts };
}
