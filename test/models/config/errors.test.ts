import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { configOf, graphOf, headWith } from '../../support/networks/yaml.js';

/** `repeat` and `branches` inside each other: `times` to the power of `depth`, and more. */
function bombOf(times: number, depth: number): string {
  const inside = depth === 1 ? 'activation: relu' : bombOf(times, depth - 1);
  return `repeat: { times: ${times}, layers: [branches: { join: add, paths: [[${inside}], []] }] }`;
}

/** Whole sentences, as they stand on standard error. */
const cases: readonly [what: string, text: string, sentence: string | RegExp][] = [
  // A text that is no config.
  ['an empty file', '', "my.yaml is empty: a model's config with input and layers was expected."],
  [
    'comments only',
    '# nothing here\n',
    "my.yaml is empty: a model's config with input and layers was expected.",
  ],
  ['a list', '- a\n- b\n', "my.yaml:1:1 a model's config was expected: a mapping with input and layers."],
  ['a text', 'hello\n', "my.yaml:1:1 a model's config was expected: a mapping with input and layers."],
  ['bytes', '\u0000\u0001PNG', 'my.yaml is not UTF-8 text: a YAML file was expected.'],
  ['Latin-1', 'title: caf\ufffd\n', 'my.yaml is not UTF-8 text: a YAML file was expected.'],

  // YAML that is broken.
  [
    'a tab',
    'title: T\n\tinput: 3\n',
    'my.yaml:2:1 not well-formed YAML: here is a tab, but lines are indented with spaces.',
  ],
  [
    'an unclosed list',
    'title: T\nlayers: [flatten\n',
    'my.yaml:2:9 not well-formed YAML: the [ here is never closed.',
  ],
  [
    'an unclosed mapping',
    'layers:\n  - conv2d: { filters: 3\n  - flatten\n',
    'my.yaml:2:13 not well-formed YAML: the { here is never closed.',
  ],
  [
    'an unclosed quote',
    'title: "T\ninput: 3\n',
    'my.yaml:1:8 not well-formed YAML: the " here is never closed.',
  ],
  ['a bracket too many', 'input: [1]]\n', 'my.yaml:1:11 not well-formed YAML: "]" does not belong here.'],
  [
    'a key twice',
    'title: T\nyear: 1998\ntitle: U\n',
    'my.yaml:3:1 not well-formed YAML: "title" stands here a second time.',
  ],
  [
    'two documents',
    'title: T\n---\ntitle: U\n',
    'my.yaml:2:1 not well-formed YAML: a second document begins here, but one was expected.',
  ],
  [
    'a colon in a text',
    'title: A: B\n',
    'my.yaml:1:8 not well-formed YAML: a mapping cannot begin here: a text with ": " in it needs quotes, and a mapping needs lines that begin at one column.',
  ],
  [
    'lines that begin anywhere',
    'training:\n    epochs: 1\n  seed: 2\n',
    'my.yaml:3:1 not well-formed YAML: all mapping items must start at the same column.',
  ],
  [
    'a missing colon',
    'title T\ninput: [1]\n',
    'my.yaml:1:1 not well-formed YAML: a ":" is missing after a key.',
  ],
  [
    'a missing comma',
    'training: { epochs: 1 seed: 2 }\n',
    'my.yaml:1:21 not well-formed YAML: a comma is missing: inside { } and [ ] they stand between entries.',
  ],
  [
    'a reserved sign',
    'title: `T`\n',
    'my.yaml:1:8 not well-formed YAML: a text that begins with ` needs quotes.',
  ],
  ['a tag', 'title: !foo T\n', 'my.yaml:1:8 not well-formed YAML: the tag !foo is not known.'],
  ['an alias of nothing', 'title: *name\n', 'my.yaml:1:8 there is no anchor &name before this.'],
  ['an alias in itself', 'layers: &a [*a]\n', 'my.yaml:1:13 *a stands inside itself.'],
  [
    'a bomb of aliases',
    `a0: &a0 [${'x,'.repeat(10)}]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`).join('')}`,
    'my.yaml is too large once its aliases (*name) are filled in.',
  ],
  [
    'a bomb of few lists and long text',
    `title: &long ${'x'.repeat(100_000)}\nlayers: [${'*long,'.repeat(200)}]\n`,
    'my.yaml is too large once its aliases (*name) are filled in.',
  ],
  [
    'a thicket of aliases',
    `title: &a x\nlayers: [${'*a,'.repeat(20_000)}]\n`,
    'my.yaml:2:30010 there are more than 10000 aliases (*name).',
  ],
  [
    'lists inside lists without end',
    `title: T\nlayers: ${'['.repeat(600)}${']'.repeat(600)}\n`,
    'my.yaml:2:508 here are more than 500 lists and mappings inside each other.',
  ],
  [
    'lists inside lists that the parser has no room for',
    `title: T\nlayers: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
    /^my\.yaml:2:\d+ here are more than 500 lists and mappings inside each other\.$/,
  ],
  [
    'twenty thousand keys, the last of them twice',
    `${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join('')}k19999: 2\n`,
    'my.yaml:20001:1 not well-formed YAML: "k19999" stands here a second time.',
  ],

  // The settings of a model.
  [
    'a missing setting',
    'title: T\n',
    'my.yaml:1:1 input is missing: it must be a list of 3 whole numbers of at least 1.',
  ],
  [
    'a mistyped setting',
    configOf([], { head: headWith('title:', 'titel:') }),
    'my.yaml:1:1 there is no setting "titel". Did you mean "title"?',
  ],
  ['no layers', headWith('', ''), 'my.yaml:1:1 layers is missing: it must be a list of at least one entry.'],
  [
    'an empty list of layers',
    `${headWith('', '')}layers: []\n`,
    'my.yaml:7:9 layers must be a list of at least one entry, got [].',
  ],
  [
    'nothing after layers:',
    `${headWith('', '')}layers:\n`,
    'my.yaml:7:8 layers must be a list of at least one entry, got nothing.',
  ],
  [
    'a mapping of layers',
    `${headWith('', '')}layers: { flatten: {} }\n`,
    'my.yaml:7:9 layers must be a list of at least one entry, got {"flatten":{}}.',
  ],
  [
    'a number for a title',
    configOf([], { head: headWith('A test', '1984') }),
    'my.yaml:1:8 title must be text that is not empty, got 1984. Put it into quotes: "1984".',
  ],
  [
    'an input in words',
    configOf([], { head: headWith('[28, 28, 1]', '28x28x1') }),
    'my.yaml:2:8 input must be a list of 3 whole numbers of at least 1, got "28x28x1".',
  ],
  [
    'a short input',
    configOf([], { head: headWith('[28, 28, 1]', '[28, 28]') }),
    'my.yaml:2:8 input must be a list of 3 whole numbers of at least 1, got [28,28].',
  ],
  [
    'a negative input',
    configOf([], { head: headWith('[28, 28, 1]', '[28, -28, 1]') }),
    'my.yaml:2:13 entry 2 of input must be a whole number of at least 1, got -28.',
  ],
  [
    'a huge input',
    configOf([], { head: headWith('[28, 28, 1]', '[99999, 99999, 1]') }),
    'my.yaml:2:8 an input of 99999x99999x1 has more than the 2147483647 values that fit.',
  ],
  [
    'one class',
    configOf([], { head: headWith('classes: 10', 'classes: 1') }),
    'my.yaml:3:10 classes must be a whole number of at least 2, got 1.',
  ],
  [
    'a mistyped optimizer',
    configOf([], { head: headWith('adam', 'adm') }),
    'my.yaml:6:14 training.optimizer.name must be "sgd", "rmsprop" or "adam", got "adm". Did you mean "adam"?',
  ],
  [
    'an optimizer that is a number',
    configOf([], { head: headWith('adam', '3') }),
    'my.yaml:6:14 training.optimizer must be "sgd", "rmsprop", "adam" or { name: ... }, got 3.',
  ],
  [
    'an optimizer without a name',
    configOf([], { head: headWith('adam', '{ momentum: 0.9 }') }),
    'my.yaml:6:14 training.optimizer.name is missing: it must be "sgd", "rmsprop" or "adam".',
  ],
  [
    'a mistyped setting of an optimizer',
    configOf([], { head: headWith('adam', '{ name: sgd, momentun: 0.9 }') }),
    'my.yaml:6:27 there is no setting "momentun". Did you mean "momentum"?',
  ],
  [
    'a negative learning rate',
    configOf([], { head: headWith('adam', '{ name: sgd, learningRate: -1 }') }),
    'my.yaml:6:41 training.optimizer.learningRate must be a number of more than 0, got -1.',
  ],
  [
    'a mistyped loss',
    configOf([], { head: headWith('adam\n', 'adam\n  loss: maximumAposteriori\n') }),
    'my.yaml:7:9 training.loss.name must be "crossEntropy" or "maximumAPosteriori", got "maximumAposteriori". Did you mean "maximumAPosteriori"?',
  ],
  [
    'a loss with a negative distance',
    configOf([], { head: headWith('adam\n', 'adam\n  loss: { name: maximumAPosteriori, j: -2 }\n') }),
    'my.yaml:7:40 training.loss.j must be a number of at least 0, got -2.',
  ],
  [
    'no epochs',
    configOf([], { head: `${headWith('', '')}  epochs: 0\n` }),
    'my.yaml:7:11 training.epochs must be a whole number of at least 1, got 0.',
  ],
  [
    'everything for validation',
    configOf([], { head: `${headWith('', '')}  validationSplit: 1\n` }),
    'my.yaml:7:20 training.validationSplit must be a number of at least 0 and less than 1, got 1.',
  ],
  [
    'pixels of two kinds',
    configOf([], { head: headWith('dataset: mnist', 'pixels: { range: [0, 1], std: 2 }') }),
    'my.yaml:4:31 pixels.std and pixels.range both say what bytes become: leave one out.',
  ],
  [
    'a deviation of nothing',
    configOf([], { head: `${headWith('', '')}pixels: { mean: 0, std: 0 }\n` }),
    'my.yaml:7:25 pixels.std must be a number of more than 0 or a list of them, got 0.',
  ],
  [
    'means for more channels than there are',
    configOf([], { head: `${headWith('', '')}pixels: { mean: [0.1, 0.2], std: 1 }\n` }),
    'my.yaml:7:17 pixels.mean must be one number or a list of 1, one a channel, got 2.',
  ],

  // Layers that are not there.
  [
    'a mistyped layer',
    configOf(['conv2D: { filters: 3, kernelSize: 3 }']),
    'my.yaml:8:5 there is no layer "conv2D". Did you mean "conv2d"?',
  ],
  [
    'a mistyped layer without settings',
    configOf(['flaten']),
    'my.yaml:8:5 there is no layer "flaten". Did you mean "flatten"?',
  ],
  [
    'nothing where a layer should be',
    configOf(['']),
    'my.yaml:8:5 a layer was expected, such as "flatten" or "dense: { units: 10 }", got nothing.',
  ],
  [
    'a number where a layer should be',
    configOf(['3']),
    'my.yaml:8:5 a layer was expected, such as "flatten" or "dense: { units: 10 }", got 3.',
  ],
  [
    'settings beside the layer',
    configOf(['maxPool2d: 2\n    strides: 2']),
    'my.yaml:9:5 a layer has one kind, but here stand "maxPool2d" and "strides": settings go inside it, as in "maxPool2d: { strides: ... }".',
  ],

  // Settings of layers.
  [
    'a negative kernel',
    configOf(['conv2d: { filters: 3, kernelSize: -3 }']),
    'my.yaml:8:39 conv2d: kernelSize must be a whole number of at least 1 or a list of 2 of them, got -3.',
  ],
  [
    'a kernel negative in one direction',
    configOf(['conv2d: { filters: 3, kernelSize: [3, -1] }']),
    'my.yaml:8:43 conv2d: entry 2 of kernelSize must be a whole number of at least 1, got -1.',
  ],
  [
    'a kernel in words',
    configOf(['conv2d: { filters: 3, kernelSize: 3x3 }']),
    'my.yaml:8:39 conv2d: kernelSize must be a whole number of at least 1 or a list of 2 of them, got "3x3".',
  ],
  [
    'a filter and a half',
    configOf(['conv2d: { filters: 1.5, kernelSize: 3 }']),
    'my.yaml:8:24 conv2d: filters must be a whole number of at least 1, got 1.5.',
  ],
  [
    'more filters than numbers count',
    configOf(['conv2d: { filters: 1e300, kernelSize: 3 }']),
    'my.yaml:8:24 conv2d: filters must be a whole number of at least 1 and at most 9007199254740991, got 1e+300.',
  ],
  [
    'not a number',
    configOf(['dropout: .nan']),
    'my.yaml:8:14 dropout: rate must be a number of at least 0 and less than 1, got NaN.',
  ],
  [
    'a mistyped padding of a named layer',
    configOf(['conv2d: { name: c3, filters: 3, kernelSize: 3, padding: smae }']),
    'my.yaml:8:61 conv2d "c3": padding must be "valid", "same" or a whole number of at least 0, got "smae". Did you mean "same"?',
  ],
  [
    'a mistyped activation',
    configOf(['activation: rleu']),
    'my.yaml:8:17 activation: function must be "linear", "relu", "tanh", "scaledTanh", "sigmoid", "softmax" or "softmin", got "rleu". Did you mean "relu"?',
  ],
  [
    'a missing setting of a layer',
    configOf(['conv2d: { kernelSize: 3 }']),
    'my.yaml:8:13 conv2d: filters is missing: it must be a whole number of at least 1.',
  ],
  [
    'a layer without its settings',
    configOf(['conv2d']),
    'my.yaml:8:5 conv2d: filters is missing: it must be a whole number of at least 1.',
  ],
  [
    'a mistyped setting of a layer',
    configOf(['conv2d: { filter: 3, kernelSize: 3 }']),
    'my.yaml:8:15 conv2d: there is no setting "filter". Did you mean "filters"?',
  ],
  [
    'an unknown setting of a layer',
    configOf(['dropout: { rate: 0.5, colour: red }']),
    'my.yaml:8:27 dropout: there is no setting "colour". There are rate, name, from.',
  ],
  [
    'a number where settings should be',
    configOf(['conv2d: 3']),
    'my.yaml:8:13 conv2d takes a mapping of settings, got 3.',
  ],
  [
    'yes, which is text in YAML 1.2',
    configOf(['conv2d: { filters: 3, kernelSize: 3, useBias: yes }']),
    'my.yaml:8:51 conv2d: useBias must be true or false, got "yes".',
  ],
  [
    'an initializer without its setting',
    configOf(['conv2d: { filters: 3, kernelSize: 3, kernelInitializer: { normal: 0.01 } }']),
    'my.yaml:8:71 conv2d: kernelInitializer.normal must be { stddev: ... }, got 0.01.',
  ],
  [
    'a mistyped initializer',
    configOf(['conv2d: { filters: 3, kernelSize: 3, kernelInitializer: { norml: { stddev: 1 } } }']),
    'my.yaml:8:61 conv2d: kernelInitializer must be "zeros", "ones", "glorotUniform", "glorotNormal", "heUniform", "heNormal", "lecunUniform", "lecunNormal", { constant: ... }, { normal: ... } or { uniform: ... }, got {"norml":{"stddev":1}}. Did you mean "normal"?',
  ],
  [
    'a mistyped word for the classes',
    configOf(['flatten', 'dense: clases'], { classifier: false }),
    'my.yaml:9:12 dense: units must be a whole number of at least 1 or "classes", got "clases". Did you mean "classes"?',
  ],

  // Names and inputs.
  [
    'a name twice',
    configOf(['dropout: { name: a, rate: 0.1 }', 'dropout: { name: a, rate: 0.1 }']),
    'my.yaml:9:22 there is already a layer named "a": names must differ.',
  ],
  [
    'a name inside a repeat',
    configOf(['repeat: { times: 2, layers: [dropout: { name: a, rate: 0.1 }] }']),
    'my.yaml:8:51 the name "a" would be used several times: layers inside a repeat have none of their own.',
  ],
  [
    'the name of the image',
    configOf(['dropout: { name: input, rate: 0.1 }']),
    'my.yaml:8:22 "input" is the image itself: choose another name.',
  ],
  [
    'a name with a slash',
    configOf(['dropout: { name: a/b, rate: 0.1 }']),
    'my.yaml:8:22 dropout "a/b": name must be letters, digits, "_", "-" and ".", a letter first, got "a/b".',
  ],
  [
    'a mistyped input',
    configOf(['dropout: { name: stem, rate: 0.1 }', 'maxPool2d: { from: stme }']),
    'my.yaml:9:24 maxPool2d_1 reads "stme", but no layer before it has that name. Did you mean "stem"?',
  ],
  [
    'an input that is not there',
    configOf(['dropout: { name: stem, rate: 0.1 }', 'maxPool2d: { from: elsewhere }']),
    'my.yaml:9:24 maxPool2d_1 reads "elsewhere", but no layer before it has that name. Before it are input, stem.',
  ],
  [
    'a layer that reads itself',
    configOf(['dropout: { name: loop, from: loop, rate: 0.1 }']),
    'my.yaml:8:34 loop reads "loop", but no layer before it has that name. Before the first layer there is only "input", the image.',
  ],
  [
    'two inputs for a layer of one',
    configOf(['dropout: { name: a, rate: 0.1 }', 'maxPool2d: { from: [a, input] }']),
    'my.yaml:9:24 maxPool2d_1 takes one input, but "from" names 2.',
  ],
  [
    'one input for a layer of several',
    configOf(['add']),
    'my.yaml:8:5 add_1 joins several layers: name them in "from".',
  ],
  [
    'a layer that nothing reads',
    configOf(['dropout: { name: a, rate: 0.1 }', 'maxPool2d: { from: input }']),
    'my.yaml:8:5 nothing reads a: name it in the "from" of a later layer, or leave it out.',
  ],

  // Repeats.
  [
    'a repeat of nothing',
    configOf(['repeat: { times: 0, layers: [flatten] }']),
    'my.yaml:8:22 repeat: times must be a whole number of at least 1 and at most 1000, got 0.',
  ],
  [
    'a repeat without layers',
    configOf(['repeat: { times: 2 }']),
    'my.yaml:8:13 repeat: layers is missing: it must be a list of at least one entry.',
  ],
  [
    'a repeat that is a number',
    configOf(['repeat: 3']),
    'my.yaml:8:13 repeat must be { times: ..., layers: ... }, got 3.',
  ],
  [
    'a repeat without settings',
    configOf(['repeat']),
    'my.yaml:8:5 repeat needs settings: "repeat: { ... }".',
  ],
  [
    'a mistyped setting of a repeat',
    configOf(['repeat: { time: 2, layers: [flatten] }']),
    'my.yaml:8:15 repeat: there is no setting "time". Did you mean "times"?',
  ],
  [
    'a mistyped layer in a repeat',
    configOf(['repeat: { times: 2, layers: [conv2d: { filters: -3, kernelSize: 3 }] }']),
    'my.yaml:8:53 conv2d: filters must be a whole number of at least 1, got -3.',
  ],
  [
    'a bomb of repeats',
    configOf(['repeat: { times: 1000, layers: [repeat: { times: 1000, layers: [dropout: 0.1] }] }']),
    'my.yaml:8:13 repeat: 1000 times 1000 layers are 1000000, more than the 10000 that a network may have: say "repeat" less often.',
  ],
  [
    'a bomb of branches in repeats',
    configOf([bombOf(100, 2)]),
    'my.yaml:8:13 repeat: 100 times 201 layers are 20100, more than the 10000 that a network may have: say "repeat" less often.',
  ],
  [
    'a bomb of branches in repeats, to any depth',
    configOf([bombOf(100, 30)]),
    /^my\.yaml:8:\d+ repeat: 100 times 201 layers are 20100, more than the 10000 that a network may have: say "repeat" less often\.$/,
  ],
  [
    'a bomb of branches without a repeat, by aliases',
    configOf([
      'branches: &b0 { paths: [[activation: relu], []], join: add }',
      ...Array.from(
        { length: 10 },
        (_, i) =>
          `branches: &b${i + 1} { join: add, paths: [[{ branches: *b${i} }, { branches: *b${i} }, { branches: *b${i} }], []] }`,
      ),
    ]),
    /^my\.yaml:\d+:\d+ with this there are more than the 10000 layers that a network may have: leave some out\.$/,
  ],
  [
    'one layer too many',
    configOf(Array<string>(10_000).fill('dropout: 0.1')),
    'my.yaml:10008:5 with this there are more than the 10000 layers that a network may have: leave some out.',
  ],
  [
    'branches that have one layer too many between them',
    configOf([
      `branches: { join: add, paths: [${Array(11).fill('[{ repeat: { times: 1000, layers: [dropout: 0.1] } }]').join(', ')}] }`,
    ]),
    'my.yaml:8:15 with this there are more than the 10000 layers that a network may have: leave some out.',
  ],
  [
    'a bomb of joins',
    configOf([`repeat: { times: 1000, layers: [add: { from: [${Array(1000).fill('input').join(', ')}] }] }`]),
    'my.yaml:8:42 with this, layers read more than 100000 others between them: leave some out.',
  ],

  // Shapes.
  [
    'a window larger than its input',
    configOf(['maxPool2d: 2', 'maxPool2d: 2', 'maxPool2d: 2', 'conv2d: { filters: 3, kernelSize: 5 }']),
    'my.yaml:11:5 conv2d_1: a 5x5 window does not fit a 3x3 input.',
  ],
  [
    'a window larger than its input after many',
    configOf(['repeat: { times: 20, layers: [conv2d: { filters: 3, kernelSize: 3 }] }']),
    'my.yaml:8:35 conv2d_14: a 3x3 window does not fit a 2x2 input.',
  ],
  [
    'a pooling window in the padding alone',
    configOf(['maxPool2d: { poolSize: [3, 2], padding: 2 }']),
    'my.yaml:8:5 maxPool2d_1: a padding of 2 leaves windows of 3x2 without a value: 1 is the most.',
  ],
  [
    'a dense layer on a map',
    configOf(['dense: { units: 10, activation: softmax }'], { classifier: false }),
    'my.yaml:8:5 dense_1: needs a vector, but its input is a 28x28x1 feature map: put a flatten layer before it.',
  ],
  [
    'a convolution of a vector',
    configOf(['flatten', 'conv2d: { filters: 3, kernelSize: 3 }']),
    'my.yaml:9:5 conv2d_1: needs a feature map [H, W, C], but its input is a vector of 784 values.',
  ],
  [
    'an output that fits nowhere',
    configOf(['conv2d: { filters: 1000000000, kernelSize: 3 }']),
    'my.yaml:8:5 conv2d_1: its output of 26x26x1000000000 has more than the 2147483647 values that fit.',
  ],
  [
    'a kernel that fits nowhere',
    configOf(['flatten', 'dense: 10000000']),
    'my.yaml:9:5 dense_1: its kernel of 784x10000000 has more than the 2147483647 values that fit.',
  ],
  [
    'no softmax at the end',
    configOf(['flatten', 'dense: 10'], { classifier: false }),
    'my.yaml:9:5 dense_1: the last layer must end in softmax, or in softmin where its values are distances, so that they become class probabilities.',
  ],
  [
    'too few values at the end',
    configOf(['flatten', 'dense: { units: 5, activation: softmax }'], { classifier: false }),
    'my.yaml:9:5 dense_1: the last layer must give 10 values, one a class, but gives 5.',
  ],
];

for (const [what, text, sentence] of cases) {
  test(`${what} is refused in one sentence`, () => {
    if (typeof sentence === 'string') assert.is(refusal(text), sentence);
    else assert.match(refusal(text), sentence);
  });
}

test('as many layers as there may be are read, however they are written', () => {
  const plain = Array<string>(9_998).fill('activation: relu');
  assert.is(graphOf(configOf(plain)).nodes.length, 10_000);
  const repeated = 'repeat: { times: 99, layers: [repeat: { times: 100, layers: [activation: relu] }] }';
  assert.is(graphOf(configOf([repeated])).nodes.length, 9_902);
});

test('lines are counted alike after a byte order mark and with Windows line ends', () => {
  const text = configOf(['flaten']);
  const sentence = 'my.yaml:8:5 there is no layer "flaten". Did you mean "flatten"?';
  assert.is(refusal(`\ufeff${text}`), sentence);
  assert.is(refusal(text.replaceAll('\n', '\r\n')), sentence);
});

test('names that every object has are not layers', () => {
  for (const word of ['constructor', 'toString', '__proto__']) {
    assert.match(
      refusal(configOf([`${word}: {}`])),
      `my.yaml:8:5 there is no layer "${word}". There are conv2d, `,
    );
  }
});

test('an alias stands for what it names, and errors inside it are shown at the alias', () => {
  const shared = 'conv2d: &conv { filters: 4, kernelSize: 3 }';
  assert.is(graphOf(configOf([shared, 'conv2d: *conv'])).nodes.length, 4);
  assert.is(
    refusal(configOf([shared.replace('3', '-3'), 'conv2d: *conv'])),
    'my.yaml:8:45 conv2d: kernelSize must be a whole number of at least 1 or a list of 2 of them, got -3.',
  );
});

test('layers without a name take the next free number', () => {
  const layers = ['dropout: { name: dropout_2, rate: 0.1 }', 'dropout: 0.1', 'dropout: 0.1'];
  const names = graphOf(configOf(layers)).nodes.map((node) => node.name);
  assert.equal(names.slice(0, 3), ['dropout_2', 'dropout_1', 'dropout_3']);
});

function refusal(text: string): string {
  try {
    graphOf(text);
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as UsageError).message;
  }
  return 'was accepted';
}

test.run();
