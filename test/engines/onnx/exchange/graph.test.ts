import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Random, randomStream } from '../../../../src/base/random.js';
import { sizeOf } from '../../../../src/base/tensor.js';
import { ownGraph, ownModel } from '../../../../src/engines/onnx/exchange/import/own-graph.js';
import { readGraph } from '../../../../src/engines/onnx/exchange/import/read-graph.js';
import { matchSteps } from '../../../../src/engines/onnx/exchange/import/search.js';
import type { Likenesses } from '../../../../src/engines/onnx/exchange/view/graph.js';
import type { AttributeFields, NodeFields, ReadModel } from '../../../../src/engines/onnx/write/proto.js';
import { buildGraph } from '../../../../src/models/build.js';
import { type Graph, withoutAuxiliaries } from '../../../../src/models/graph/graph.js';
import { loadModel, modelNames } from '../../../../src/models/zoo.js';
import {
  bytesOf,
  exportedBytes,
  type FileGraph,
  graphIn,
  runFile,
  shuffled,
} from '../../../support/files/onnx-files.js';
import { assertTaken, fromOnnx, refusal } from '../../../support/files/weights-files.js';
import { networkOf, SAMPLES, zooNetwork } from '../../../support/networks/networks.js';

const exported = (name: string): readonly [Graph, Uint8Array] => {
  const network = name in SAMPLES ? networkOf(SAMPLES[name]!()) : zooNetwork(name);
  return [network.graph, exportedBytes(network.graph, network.weights)];
};

for (const name of modelNames()) {
  test(`the order and names of nodes mean nothing: ${name}`, () => {
    const graph = withoutAuxiliaries(buildGraph(loadModel(name)));
    const { model, slots } = ownModel(graph);
    for (const seed of [1, 2, 3]) {
      const other = shuffled(model.graph as unknown as FileGraph, randomStream(seed, name));
      const likenesses: Likenesses = new Map();
      const own = ownGraph(graph, likenesses);
      const source = {
        path: 'file',
        model: { graph: other.graph } as unknown as ReadModel,
        input: graph.input,
        likenesses,
      };
      const matching = matchSteps(own.outputs[0]!.step, readGraph(source).outputs[0]!.step);
      assert.ok(matching, `${name} is itself`);
      const wanted = new Map([...slots].map(([tensor, slot]) => [other.names.get(tensor)!, slot]));
      const found = new Set<string>();
      for (const [step, theirs] of matching!) {
        for (const [i, { slot }] of step.constants.entries()) {
          if (slot === undefined) continue;
          assert.is(wanted.get(theirs.constants[i]!.name), slot);
          found.add(slot);
        }
      }
      assert.equal(found, new Set(own.layouts.keys()));
    }
  });
}

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Relu: ['Tanh', 'Sigmoid'],
  Tanh: ['Relu', 'Sigmoid'],
  Sigmoid: ['Relu', 'Tanh'],
  MaxPool: ['AveragePool'],
  AveragePool: ['MaxPool'],
  Add: ['Mul', 'Sub'],
  Mul: ['Add'],
};

/** One operator or attribute made another. */
function mutated(graph: FileGraph, random: Random): FileGraph {
  const at = random.below(graph.node.length);
  const others = ATTRIBUTES[graph.node[at]!.opType ?? ''] ?? [];
  const change = (n: NodeFields): NodeFields => {
    if (others.length > 0 && random.below(2) === 0) {
      const attribute = n.attribute?.filter(({ name }) => name !== 'count_include_pad');
      return { ...n, opType: others[random.below(others.length)]!, attribute };
    }
    const which = random.below(Math.max(1, n.attribute?.length ?? 0));
    return { ...n, attribute: n.attribute?.map((a, i) => (i === which ? other(a, random) : a)) };
  };
  return { ...graph, node: graph.node.map((n, i) => (i === at ? change(n) : n)) };
}

function other(attribute: AttributeFields, random: Random): AttributeFields {
  const { ints = [], f = 0 } = attribute;
  if (ints.length > 0) {
    const at = random.below(ints.length);
    return { ...attribute, ints: ints.map((value, i) => (i === at ? Number(value) + 1 : Number(value))) };
  }
  return f === 0 ? attribute : { ...attribute, f: f * 1.5 };
}

for (const name of ['lenet5', 'lenet5-1998', ...Object.keys(SAMPLES)]) {
  test(`a file of another network is refused, or computes the same: ${name}`, async () => {
    const [graph, bytes] = exported(name);
    const original = graphIn(bytes);
    const random = randomStream(11, name);
    const [height, width, channels] = graph.input;
    const dims = [1, channels, height, width];
    const values = Float32Array.from({ length: sizeOf(dims) }, () => random.uniform());
    const wanted = await runFile(bytes, values, dims);
    const layers = graph.nodes.map((layer) => layer.name);
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const changed = bytesOf(mutated(original, random));
      const said = refusal(graph, changed);
      if (said !== 'taken') {
        refused++;
        assert.ok(
          layers.some((layer) => said.includes(layer)),
          `names a layer: ${said}`,
        );
        continue;
      }
      const { notes } = fromOnnx('file.onnx', changed, graph);
      if (notes.length > 0) {
        await assertTaken(graph, changed, `mutation ${i}`);
        continue;
      }
      const given = await runFile(changed, values, dims);
      for (const [k, p] of wanted.entries())
        assert.ok(Math.abs(given[k]! - p) < 1e-6, `mutation ${i} is taken`);
    }
    assert.ok(refused >= 8, `${refused} refused`);
  });
}

test.run();
