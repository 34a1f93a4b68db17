import { spawnSync } from 'node:child_process';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelNames } from '../../../../src/models/zoo.js';
import { architecturePicture } from '../../../../src/report/pictures/architecture.js';
import { architectureDot, architectureMermaid } from '../../../../src/report/pictures/architecture-graph.js';
import { type Box, layoutOf, topOf } from '../../../../src/report/pictures/architecture-layout.js';
import { renderPng } from '../../../../src/report/pictures/out.js';
import { mergesOf } from '../../../../src/tasks/visualize/merges.js';
import { architectureOf, readArchitecture } from '../../../../src/tasks/visualize/networks/architecture.js';
import { createTheme } from '../../../../src/terminal/theme.js';
import { graphOf } from '../../../support/networks/parity.js';

const CLASSIFIER = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';

test('layers that leave the size as it is are in the box of the one before', () => {
  const { blocks } = architectureOf(
    graphOf(
      '  - dropout: 0.1\n  - conv2d: { filters: 4, kernelSize: [3, 1], strides: 2 }\n  - batchNorm\n  - activation: relu\n  - zeroPadding2d: 1\n' +
        `  - maxPool2d: { poolSize: 3, strides: 1, padding: same }\n  - avgPool2d: 2\n${CLASSIFIER}`,
    ),
  );
  assert.equal(
    blocks.map(({ label, category, folded }) => `${label} | ${category} | ${folded.length}`),
    [
      'image | image | 0',
      'dropout | other | 0',
      'conv2d 3x1 /2, batchNorm, relu | convolution | 2',
      'zeroPadding2d | other | 0',
      'maxPool2d 3x3 /1 | pooling | 0',
      'avgPool2d 2x2, flatten | pooling | 1',
      'dense, softmax | dense | 0',
    ],
  );
});

test('as DOT every box and every way is there, and Graphviz draws it where it is installed', () => {
  const architecture = readArchitecture('googlenet-small');
  const { blocks } = architecture;
  const dot = architecturePicture(architecture).texts!.dot!();
  const ways = blocks.flatMap(({ inputs }) => inputs);
  assert.is(dot.match(/^ {2}n\d+ \[/gm)!.length, blocks.length);
  assert.is(dot.match(/^ {2}n\d+ -> n\d+;$/gm)!.length, ways.length);
  const { status, stdout, error } = spawnSync('dot', ['-Tplain'], { input: dot, encoding: 'utf8' });
  if (error) {
    console.log('skipped: Graphviz is not installed (apt-get install graphviz)');
    return;
  }
  assert.is(status, 0);
  assert.is(stdout.match(/^node /gm)!.length, blocks.length);
  assert.is(stdout.match(/^edge /gm)!.length, ways.length);
});

test('as Mermaid every box has its label, its shape and its colour, quotes made harmless', () => {
  const { blocks } = readArchitecture('resnet18-small');
  const mermaid = architectureMermaid(blocks, 'a "title" of <b>');
  assert.match(mermaid, /^---\ntitle: "a #quot;title#quot; of &lt;b&gt;"\n---\nflowchart TB\n/);
  for (const [i, { label, shape, category }] of blocks.entries())
    assert.match(mermaid, `  n${i}["${label}<br/>${shape.join('x')}"]:::${category}\n`);
  assert.is(mermaid.match(/ --> /g)!.length, blocks.flatMap(({ inputs }) => inputs).length);
});

test('names with quotes and backslashes stay names', () => {
  const [image] = readArchitecture('lenet5').blocks;
  const dot = architectureDot([{ ...image!, label: 'a "b" \\n' }], 'c\\');
  assert.match(dot, 'label="c\\\\";');
  assert.match(dot, 'label="a \\"b\\" \\\\n\\n');
});

test('where ways meet again', () => {
  const places = [
    { name: 'a', readers: ['b', 'c'] },
    { name: 'b', readers: ['d', 'e'] },
    { name: 'c', readers: ['f'] },
    { name: 'd', readers: ['e'] },
    { name: 'e', readers: ['f'] },
    { name: 'f', readers: [] },
  ];
  assert.equal(Object.fromEntries(mergesOf(places)), { a: 'f', b: 'e', c: 'f', d: 'e', e: 'f', f: null });
});

function rectangle(box: Box) {
  return {
    left: box.x - box.width / 2,
    right: box.x + box.width / 2,
    top: topOf(box),
    bottom: topOf(box) + box.height,
  };
}

test('of every model: all layers are there, no two boxes touch, every way joins two of them', () => {
  for (const model of modelNames()) {
    const architecture = readArchitecture(model);
    const { boxes, ways, width, height } = layoutOf(architecture);
    assert.is(boxes.length, architecture.blocks.length, model);
    const connections = architecture.blocks.flatMap(({ inputs }) => inputs);
    assert.is(ways.length, connections.length, model);
    const rectangles = boxes.map(rectangle);
    for (const [i, a] of rectangles.entries()) {
      assert.ok(
        a.left >= -0.01 && a.right <= width && a.top >= 0 && a.bottom <= height + 0.01,
        `${model}: inside`,
      );
      for (const b of rectangles.slice(i + 1)) {
        const apart = a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
        assert.ok(apart, `${model}: two boxes touch`);
      }
    }
    for (const way of ways) {
      const [start, end] = [way[0]!, way.at(-1)!];
      assert.ok(
        rectangles.some(({ bottom }, i) => boxes[i]!.x === start[0] && bottom === start[1]),
        `${model}: a way from`,
      );
      assert.ok(
        rectangles.some(({ top }, i) => boxes[i]!.x === end[0] && top === end[1]),
        `${model}: a way to`,
      );
    }
  }
});

test('boxes are to scale: sides and channels by their square roots', () => {
  const { boxes } = layoutOf(readArchitecture('vgg16'));
  const image = boxes[0]!;
  const first = boxes.find(({ block }) => block.shape.at(-1) === 128)!;
  const last = boxes.findLast(({ block }) => block.shape.length === 3)!;
  assert.is(image.width, 120);
  assert.ok(Math.abs(last.width / image.width - Math.sqrt(7 / 224)) < 1e-9, `${last.width}`);
  assert.ok(Math.abs(last.height / first.height - Math.sqrt(512 / 128)) < 1e-9, `${last.height}`);
});

test("an inception module's four branches stand side by side around the middle", () => {
  const { boxes } = layoutOf(
    architectureOf(graphOf(`  - inception: { filters: [2, 2, 3, 1, 2, 1] }\n${CLASSIFIER}`)),
  );
  const [image, ...rest] = boxes as [Box, ...Box[]];
  const firsts = rest.filter(({ block }) => block.inputs.includes('input'));
  assert.is(firsts.length, 4);
  assert.is(new Set(firsts.map(({ y }) => y)).size, 1);
  const xs = firsts.map(({ x }) => x);
  assert.equal(
    xs,
    [...xs].sort((a, b) => a - b),
  );
  assert.ok(Math.abs((xs[0]! + xs[3]!) / 2 - image.x) < 1e-9);
});

test('the main road of a residual block goes straight on', () => {
  const xs = layoutOf(readArchitecture('resnet18'))
    .boxes.filter(({ block }) => block.category === 'join')
    .map(({ x }) => x);
  assert.is(new Set(xs).size, 1);
});

test('a layer that is read from another branch is joined to it all the same', () => {
  const layers =
    '  - conv2d: { name: a, filters: 2, kernelSize: 1 }\n  - conv2d: { name: b, filters: 2, kernelSize: 1 }\n' +
    '  - conv2d: { name: c, from: a, filters: 2, kernelSize: 1 }\n  - add: { name: d, from: [b, c] }\n' +
    `  - conv2d: { name: e, from: b, filters: 2, kernelSize: 1 }\n  - add: { from: [d, e, c] }\n${CLASSIFIER}`;
  const architecture = architectureOf(graphOf(layers));
  const { boxes, ways } = layoutOf(architecture);
  assert.is(boxes.length, architecture.blocks.length);
  assert.is(ways.length, architecture.blocks.flatMap(({ inputs }) => inputs).length);
});

test('as a PNG: white paper, boxes in their colours', async () => {
  const picture = architecturePicture(readArchitecture('lenet5'));
  const png = await renderPng(await picture.svg(), picture.pngScale);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.equal([info.width, info.height], [962, 1042]);
  const count = (r: number, g: number, b: number) => {
    let pixels = 0;
    for (let i = 0; i < data.length; i += 3)
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b) pixels++;
    return pixels;
  };
  assert.ok(count(255, 255, 255) > 0.8 * info.width * info.height);
  const convolution = count(0x4c, 0x8d, 0xd6);
  const drawn = layoutOf(readArchitecture('lenet5')).boxes.filter(
    ({ block }) => block.category === 'convolution',
  );
  const area = drawn.reduce((sum, { width, height }) => sum + 4 * width * height, 0);
  assert.ok(Math.abs(convolution / area - 1) < 0.06, `${convolution} pixels instead of ${area}`);
});

test('in a terminal: a line a layer, as wide as it is', () => {
  const { terminal } = architecturePicture(readArchitecture('googlenet'));
  for (const columns of [40, 60, 80, 200]) {
    const text = terminal({ columns, level: 0, unicode: true, theme: createTheme(0, true) });
    for (const line of text.split('\n')) assert.ok(line.length <= columns, `${columns}: ${line}`);
    assert.match(text, /conv2d 1x1/);
  }
  const lenet = architecturePicture(readArchitecture('lenet5')).terminal({
    columns: 80,
    level: 0,
    unicode: false,
    theme: createTheme(0, false),
  });
  assert.is(
    lenet.split('\n').slice(2, 6).join('\n'),
    [
      '###################   image  28x28x1',
      '####################  zeroPadding2d  32x32x1',
      '###################   conv2d 5x5, tanh  28x28x6',
      '   #############      avgPool2d 2x2  14x14x6',
    ].join('\n'),
  );
});

test.run();
