import {
  asLogits,
  type Graph,
  type GraphNode,
  INPUT,
  isClassifier,
  outputNode,
} from '../../../models/graph/graph.js';
import { layerDef } from '../../../models/layers/index.js';
import { activatedInTorch, type TorchLayer } from '../../../models/lowering/torch.js';
import { className, layerNames } from './names.js';

/** A layer as it stands in the class. */
interface WrittenLayer {
  readonly torch: TorchLayer;
  /** Of what `__init__` keeps. */
  readonly name: string;
  /** What `forward` calls its output. */
  readonly variable: string;
  readonly line: string;
}

/**
 * A network as a class of PyTorch that a student can read, with the definitions that it needs. Maps are [N, C, H, W].
 * @param graph without auxiliary classifiers
 */
export function networkClass(graph: Graph): string {
  const hasClasses = isClassifier(graph);
  const layers = writtenLayers(hasClasses ? asLogits(graph) : graph);
  const definitions = [...new Set(layers.flatMap(({ torch }) => torch.definitions ?? []))];
  return [...definitions, classText(graph, layers, hasClasses)].join('\n\n\n');
}

function classText(graph: Graph, layers: readonly WrittenLayer[], hasClasses: boolean): string {
  const [height, width, channels] = graph.input;
  const output = inTorch(outputNode(graph).outputShape);
  const what = hasClasses ? `probabilities [N, ${output}]` : `[N, ${output}]`;
  const kept = layers.filter(({ torch }) => torch.module !== undefined);
  const lines = [
    `class ${className(graph.name)}(nn.Module):`,
    `    """Images [N, ${channels}, ${height}, ${width}] to ${what}."""`,
    '',
    '    def __init__(self):',
    '        super().__init__()',
    ...kept.map(({ name, torch }) => `        self.${name} = ${torch.module}`),
    '',
    `    def ${hasClasses ? 'logits' : 'forward'}(self, ${inputName(graph)}):`,
    ...layers.map(({ line }) => `        ${line}`),
    `        return ${layers.at(-1)!.variable}`,
  ];
  if (hasClasses) {
    const value = activatedInTorch('self.logits(x)', 'softmax');
    lines.push('', '    def forward(self, x):', `        return ${value}`);
  }
  return lines.join('\n');
}

/** A value is called x where the next layer alone reads it, else as its layer is. */
function writtenLayers(graph: Graph): WrittenLayer[] {
  const names = layerNames(graph);
  const isPassedOn = passedOn(graph);
  const variables = new Map([[INPUT, inputName(graph)]]);
  return graph.nodes.map((node, i) => {
    const name = names.get(node.name)!;
    const variable = isPassedOn(node.name, i) ? 'x' : name;
    const inputs = node.inputs.map((input) => variables.get(input)!);
    variables.set(node.name, variable);
    const torch = layerDef(node.kind).torch(`self.${name}`, node as GraphNode<never>, inputs);
    const value = activatedInTorch(torch.value, node.activation);
    return { torch, name, variable, line: `${variable} = ${value}  # [N, ${inTorch(node.outputShape)}]` };
  });
}

/** What `forward` calls the images. */
const inputName = (graph: Graph): string => (passedOn(graph)(INPUT, -1) ? 'x' : 'image');

/** Tells of a value and the place of its layer whether no layer but the next reads it. */
function passedOn({ nodes }: Graph): (name: string, place: number) => boolean {
  const readers = new Map<string, Set<number>>();
  for (const [i, { inputs }] of nodes.entries())
    for (const input of inputs) readers.set(input, (readers.get(input) ?? new Set()).add(i));
  return (name, place) => [...(readers.get(name) ?? [])].every((reader) => reader === place + 1);
}

/** [H, W, C] as "C, H, W". */
function inTorch(shape: readonly number[]): string {
  const [height, width, channels] = shape;
  return (shape.length === 3 ? [channels, height, width] : shape).join(', ');
}
