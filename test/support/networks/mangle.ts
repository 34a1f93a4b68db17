import type { Random } from '../../../src/base/random.js';

/** Values that are hard to get right, wherever they come to stand. */
const VALUES = [
  '0',
  '-1',
  '1',
  '2',
  '1000',
  '65536',
  '2147483647',
  '1e300',
  '.nan',
  '.inf',
  '0x10',
  'null',
  '~',
  'true',
  '""',
  '[]',
  '{}',
  'classes',
  'input',
  'same',
  'valid',
  'softmax',
  '[1, 1]',
  '[[[]]]',
  '{ a: { b: c } }',
  '*a',
  '&a x',
  '!!map',
  '"\\u202e\\e[2J"',
  '__proto__',
  'constructor',
  '2024-01-01',
  '1_000',
  'é한',
  '<<',
];

const LAYERS = [
  'flatten',
  'activation: relu',
  'dropout: 0.5',
  'batchNorm',
  'lrn',
  'globalAvgPool2d',
  'add',
  'concatenate',
  'conv2d: { filters: 4, kernelSize: 3, padding: same }',
  'maxPool2d: 2',
  'dense: 5',
  'subsampling2d',
  'zeroPadding2d: 1',
  'depthMaxPool: 2',
  'rbf: { units: classes, centres: random }',
  'partialConv2d: { kernelSize: 1, connections: [[0], [0]] }',
  'add: { from: [input, input] }',
];

/** Layers that leave a map's shape as it is, so that branches of them can be added. */
const SHAPELESS = ['activation: relu', 'dropout: 0.5', 'batchNorm', 'lrn'];

/** A nest of blocks to some depth, most of which stand for far more layers than there may be. */
function nest(random: Random, depth: number): string {
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const often = random.below(40) > 0;
  if (depth === 0) return `{ ${wrapped(pick(often ? SHAPELESS : LAYERS))} }`;
  const inside = () =>
    Array.from({ length: 1 + random.below(3) }, () => nest(random, random.below(depth))).join(', ');
  const join = often ? 'add' : pick(['concatenate', 'mul']);
  switch (random.below(often ? 3 : 6)) {
    case 0:
      return `{ branches: { join: ${join}, paths: [[${inside()}], []] } }`;
    case 1:
      return `{ branches: { join: ${join}, paths: [[${inside()}], [${inside()}], []] } }`;
    case 2:
      return `{ repeat: { times: ${pick([1, 2, 3, 5, 10, 100, often ? 2 : 1001])}, layers: [${inside()}] } }`;
    case 3:
      return `{ auxiliary: { layers: [${inside()}] } }`;
    case 4:
      return `{ residual: { filters: ${pick([1, 4, 1_000_000])}, strides: ${pick([1, 2])} } }`;
    default:
      return `{ inception: { filters: [1, 2, 3, 4, 5, ${pick([6, 7, 1e9])}] } }`;
  }
}

/** `flatten` as a mapping. */
function wrapped(layer: string): string {
  return layer.includes(':') ? layer : `${layer}: {}`;
}

/** A config with nested blocks that is well formed. */
function nested(random: Random): string {
  const items = Array.from({ length: 1 + random.below(4) }, () => nest(random, 1 + random.below(7)));
  const size = [1, 8, 28, 224][random.below(4)]!;
  return `title: nested
input: [${size}, ${size}, ${[1, 3][random.below(2)]}]
classes: 10
dataset: digits
layers: [${items.join(', ')}, globalAvgPool2d, dense: { units: classes, activation: softmax }]
training: { optimizer: sgd }
`;
}

/** One change of a text: a value, a line, a sign, a piece that moves or is doubled. */
function changed(text: string, random: Random): string {
  const lines = text.split('\n');
  const line = random.below(lines.length);
  const at = random.below(text.length + 1);
  const value = VALUES[random.below(VALUES.length)]!;
  switch (random.below(9)) {
    case 0:
      lines[line] = lines[line]!.replace(/(:\s*).*$/, `$1${value}`);
      return lines.join('\n');
    case 1:
      return lines.toSpliced(line, 1).join('\n');
    case 2:
      return lines.toSpliced(line, 0, lines[random.below(lines.length)]!).join('\n');
    case 3:
      return (
        text.slice(0, at) +
        ['{', '}', '[', ']', ':', ',', '\t', '"', "'", '#', '- ', '&a ', '*a', '\n'][random.below(14)] +
        text.slice(at)
      );
    case 4:
      return text.slice(0, at) + text.slice(at + 1 + random.below(20));
    case 5:
      return text.slice(0, at);
    case 6:
      return text.replace(/\d+/g, (digits) => (random.below(8) === 0 ? value : digits));
    case 7: {
      const layer = LAYERS[random.below(LAYERS.length)]!;
      return lines.toSpliced(line, 0, `  - ${layer}`).join('\n');
    }
    default:
      return text.replace(/[A-Za-z]+(?=:)/g, (word) => (random.below(12) === 0 ? `${word.slice(1)}` : word));
  }
}

/** One of the texts or a nest of blocks, changed a few times; some nests stay as they are. */
export function mangled(texts: readonly string[], random: Random): string {
  const isNest = random.below(2) === 0;
  let text = isNest ? nested(random) : texts[random.below(texts.length)]!;
  const changes = isNest ? random.below(3) : 1 + random.below(4);
  for (let i = 0; i < changes; i++) text = changed(text, random);
  return text;
}
