import { formatInteger } from '../../base/text/format.js';
import { INPUT } from '../../models/graph/graph.js';
import { type LayerKind, layerDef } from '../../models/layers/index.js';
import type { LayerSummary, ModelSummary } from '../../models/summary.js';

interface Layout {
  readonly width: number;
  /** Where each column ends. */
  readonly ends: readonly number[];
  readonly header: readonly string[];
}

/** `print_summary` of keras/utils/layer_utils.py in Keras 2.3.1: columns end at .45, .85 and 1 of 65. */
const SEQUENTIAL: Layout = {
  width: 65,
  ends: [29, 55, 65],
  header: ['Layer (type)', 'Output Shape', 'Param #'],
};

/** For models with branches: at .33, .55, .67 and 1 of 98. */
const FUNCTIONAL: Layout = {
  width: 98,
  ends: [32, 53, 65, 98],
  header: [...SEQUENTIAL.header, 'Connected to'],
};

/** The summary as Keras 2.3.1 prints it, trailing blanks included, in a fresh session (so that numbers begin at 1). */
export function renderKeras(summary: ModelSummary): string {
  const names = kerasNames(summary.layers);
  const isSequential = summary.layers.every(
    (layer, i) => layer.inputs.length === 1 && layer.inputs[0] === (summary.layers[i - 1]?.name ?? INPUT),
  );
  const layout = isSequential ? SEQUENTIAL : FUNCTIONAL;
  const rule = (character: string) => character.repeat(layout.width);
  const blocks = summary.layers.map((layer) => layerRows(layer, names, layout));
  if (!isSequential) blocks.unshift([row(inputRow(summary), layout)]);
  const { params, trainableParams, nonTrainableParams } = summary.totals;
  return [
    `Model: "${isSequential ? 'sequential_1' : 'model_1'}"`,
    rule('_'),
    row(layout.header, layout),
    rule('='),
    ...blocks.flatMap((rows, i) => [...rows, rule(i === blocks.length - 1 ? '=' : '_')]),
    `Total params: ${formatInteger(params)}`,
    `Trainable params: ${formatInteger(trainableParams)}`,
    `Non-trainable params: ${formatInteger(nonTrainableParams)}`,
    rule('_'),
    '',
  ].join('\n');
}

function layerRows(layer: LayerSummary, names: ReadonlyMap<string, string>, layout: Layout): string[] {
  const connections = layer.inputs.map((name) => `${names.get(name)}[0][0]`);
  const [first = '', ...others] = connections;
  const fields = [
    `${names.get(layer.name)} (${layerDef(layer.type as LayerKind).keras})`,
    tuple(layer.outputShape),
    String(layer.params),
  ];
  if (layout === SEQUENTIAL) return [row(fields, layout)];
  return [[...fields, first], ...others.map((name) => ['', '', '', name])].map((f) => row(f, layout));
}

function inputRow(summary: ModelSummary): readonly string[] {
  return ['input_1 (InputLayer)', tuple(summary.input), '0', ''];
}

/** Each field is cut at its column's end, and the blank before the next one takes its last character. */
function row(fields: readonly string[], { ends }: Layout): string {
  return fields.reduce((line, field, i) => {
    const before = i === 0 ? '' : `${line.slice(0, -1)} `;
    return (before + field).slice(0, ends[i]!).padEnd(ends[i]!);
  }, '');
}

function tuple(shape: readonly number[]): string {
  return `(None, ${shape.join(', ')})`;
}

/** Keras's names: `max_pooling2d_1` where the config left the name to us (`maxPool2d_1`), else the config's. */
function kerasNames(layers: readonly LayerSummary[]): ReadonlyMap<string, string> {
  const names = new Map([[INPUT, 'input_1']]);
  const counts = new Map<string, number>();
  for (const { name, type } of layers) {
    const base = snakeCase(layerDef(type as LayerKind).keras);
    const isOurs = new RegExp(`^${type}_\\d+$`).test(name);
    const count = (counts.get(base) ?? 0) + 1;
    if (isOurs) counts.set(base, count);
    names.set(name, isOurs ? `${base}_${count}` : name);
  }
  return names;
}

/** Keras's `to_snake_case`: `MaxPooling2D` to `max_pooling2d`. */
function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
