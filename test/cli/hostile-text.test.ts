import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.js';
import { cut, sentence, visible, visibleJson, visibleLines } from '../../src/base/text/visible.js';
import { renderJson } from '../../src/report/json.js';
import { runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { graphOf } from '../support/networks/yaml.js';
import { writeModel } from '../support/training.js';

/** Sets a colour, rings, clears the screen by C1, turns the direction of writing, ends a cell, a tag and a line. */
const HOSTILE = 'evil\u001b[31m\u0007\u009b2J\u202e\u2028|<b>]]>&\u007f\nINJECTED';
/** As a name of a file or folder. */
const NAME = HOSTILE.replace('\n', '\r\n');
/** Whatever a terminal could take for an order; line breaks are looked at by themselves. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const folder = temporaryFolder();
const model = writeModel(
  folder,
  `title: ${JSON.stringify(HOSTILE)}
input: [8, 8, 3]
classes: 2
dataset: digits
layers: [flatten, dense: { units: classes, activation: softmax }]
training: { epochs: 1, batchSize: 2, optimizer: sgd }
`,
  `${NAME}.yaml`,
);
const pictures = join(folder, `pictures ${NAME}`);
const run = join(folder, `run ${NAME}`);

async function writePictures(): Promise<void> {
  for (const part of ['train', 'test']) {
    for (const [i, name] of ['plain', NAME].entries()) {
      const dir = join(pictures, part, name);
      mkdirSync(dir, { recursive: true });
      for (let j = 0; j < 4; j++) {
        const background = { r: 250 * i, g: 10 * j, b: part === 'test' ? 9 : 0 };
        await sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toFile(join(dir, `${j} ${NAME}.png`));
      }
    }
  }
  writeFileSync(join(pictures, 'test', NAME, `broken ${NAME}.png`), 'no picture');
}

const picture = () => join(pictures, 'test', NAME, `0 ${NAME}.png`);
const out = (ending: string) => join(folder, `out ${NAME}.${ending}`);

/** Command lines that show hostile text, and the exit codes that they may end with. */
const COMMANDS: readonly [words: () => string[], code: number][] = [
  ...['table', 'json', 'csv', 'markdown'].map((format): [() => string[], number] => [
    () => ['summary', model, '--format', format],
    0,
  ]),
  [() => ['summary', model, '--explain', '--color'], 0],
  [() => ['train', model, '--dataset', pictures, '--run-dir', run, '--engine', 'onnx', '--threads', '1'], 0],
  [() => ['train', model, '--dataset', pictures, '--run-dir', `${run} 2`, '--threads', '1', '--json'], 0],
  [() => ['train', model, '--dataset', pictures, '--run-dir', run], 2],
  ...['table', 'markdown'].flatMap((format): [() => string[], number][] => [
    [() => ['evaluate', run, '--worst', '2', '--format', format, '--threads', '1'], 0],
    [() => ['compare', run, `${run} 2`, model, '--format', format, '--html', out('html')], 0],
  ]),
  [() => ['predict', run, picture(), '--threads', '1'], 0],
  [() => ['predict', run, picture(), '--format', 'csv', '--threads', '1'], 0],
  [() => ['predict', run, `${picture()} missing`], 1],
  [() => ['visualize', 'architecture', model, '--out', out('svg')], 0],
  [() => ['visualize', 'history', run, '--out', out('svg')], 0],
  [() => ['export', run, '--to', 'onnx', '--out', out('onnx')], 0],
  [() => ['datasets', 'show', pictures], 0],
  [() => ['datasets', 'show', pictures, '--json'], 0],
  [() => ['datasets', 'verify', pictures], 1],
  [() => ['doctor', '--data-dir', pictures], 0],
  [() => ['completion', 'bash', '--', 'summary', `${folder}/`], 0],
  [() => [HOSTILE], 2],
  [() => ['summary', `${model} missing`], 2],
  [() => ['summary', HOSTILE], 2],
  [() => ['summary', 'lenet5', `--${HOSTILE}`], 2],
  [() => ['summary', 'lenet5', '--format', HOSTILE], 2],
  [() => ['train', 'lenet5', '--set', `training.${HOSTILE}=1`], 2],
  [() => ['train', 'lenet5', '--dataset', HOSTILE], 2],
  [() => ['summary', '/dev/null/x', '--verbose', HOSTILE], 2],
];

test('no command prints text of files, folders or the command line raw', async () => {
  await writePictures();
  for (const [words, code] of COMMANDS) {
    const ran = runCli(words());
    const what = JSON.stringify([words(), ran.stdout, ran.stderr]);
    assert.is(ran.code, code, what);
    for (const text of [ran.stdout, ran.stderr]) {
      const isColour = words().includes('--color');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: of the program's own colours
      const plain = isColour ? text.replace(/\u001b\[[0-9;]*m/g, '') : text;
      assert.not.match(plain, RAW, what);
      assert.not.match(plain, /^INJECTED/m, what);
    }
  }
});

test('pictures and pages that were written hold nothing raw', () => {
  for (const ending of ['svg', 'html']) {
    const text = readFileSync(out(ending), 'utf8');
    assert.not.match(text, RAW, ending);
    assert.not.match(text, /<b>|\]\]>/, ending);
  }
});

const mistakes: readonly [what: string, yaml: string][] = [
  ['a key', `${JSON.stringify(HOSTILE)}: 1\ninput: [8, 8, 1]\nlayers: [flatten]\n`],
  ['a layer', `input: [8, 8, 1]\nlayers: [${JSON.stringify(HOSTILE)}]\n`],
  ['a layer with settings', `input: [8, 8, 1]\nlayers: [{ ${JSON.stringify(HOSTILE)}: { a: 1 } }]\n`],
  ['two kinds', `input: [8, 8, 1]\nlayers: [{ flatten: {}, ${JSON.stringify(HOSTILE)}: 1 }]\n`],
  ['an input', `input: [8, 8, 1]\nlayers: [flatten: { from: ${JSON.stringify(HOSTILE)} }]\n`],
  ['a name', `input: [8, 8, 1]\nlayers: [flatten: { name: ${JSON.stringify(HOSTILE)} }]\n`],
  ['a setting', `input: [8, 8, 1]\nlayers: [dropout: ${JSON.stringify(HOSTILE)}]\n`],
  ['a key twice', `${JSON.stringify(HOSTILE)}: 1\n${JSON.stringify(HOSTILE)}: 2\n`],
  ['an anchor', `input: *evil\u202e\u009b\n`],
  ['a tag', `input: !evil\u202e\u009b x\n`],
  ['raw text', `input: \u001b[31m\u202e[\nlayers: }\n`],
];

for (const [what, yaml] of mistakes) {
  test(`${what} in a sentence about a mistake is made visible`, () => {
    const message = refusal(yaml);
    assert.not.match(message, RAW);
    assert.not.match(message, '\n');
  });
}

test('a key of 5,000 characters is cut, and its length said', () => {
  const long = 'k'.repeat(5000);
  const texts = [
    `? ${long}\n: 1\ninput: [8, 8, 1]\nlayers: [flatten]\n`,
    `input: [8, 8, 1]\nlayers: [${long}]\n`,
    `input: [8, 8, 1]\nlayers: [flatten: { from: ${long} }]\n`,
    `? ${long}\n: 1\n? ${long}\n: 2\n`,
    `? "${'k '.repeat(2500)}"\n: 1\ninput: [8, 8, 1]\nlayers: [flatten]\n`,
  ];
  for (const text of texts) {
    const message = refusal(text);
    assert.ok(message.length < 700, message);
    assert.match(message, /…|\.\.\./, message);
  }
  assert.match(refusal(texts[0]!), /there is no setting "k{60}… \(5000 characters\)"/);
  assert.match(runCli(['summary', long]).stderr, '… (5000 characters)');
});

/** The sentence about a text as the program prints it. */
function refusal(text: string): string {
  try {
    graphOf(text);
  } catch (error) {
    assert.instance(error, UsageError);
    return sentence((error as UsageError).message);
  }
  return 'was accepted';
}

test('what is made visible, and what is left', () => {
  assert.is(visible('\u0000\u001b\n\r\t\u007f\u009b'), '\\x00\\x1b\\n\\r\\t\\x7f\\x9b');
  assert.is(
    visible('\u202e\u2066\u2028\u200b\ufeff\u{e0041}\ud800'),
    '\\u202e\\u2066\\u2028\\u200b\\ufeff\\u{e0041}\\ud800',
  );
  const left = 'é 한국어 עברית\u200f 👩\u200d🔬 ❤\ufe0f C:\\x';
  assert.is(visible(left), left);
  assert.is(visibleLines('a\n\u001b[31mb\u001b[2J', true), 'a\n\u001b[31mb\\x1b[2J');
  assert.is(visibleLines('a\n\u001b[31mb', false), 'a\n\\x1b[31mb');
  assert.is(sentence(`a ${'b'.repeat(300)} c`), `a ${'b'.repeat(60)}… (300 characters) c`);
  assert.is(cut('short'), 'short');
});

test('JSON holds the data exactly, and nothing raw', () => {
  const value = { [HOSTILE]: [HOSTILE, '\ud800', '\u{e0041}', '\u0000'] };
  for (const text of [visibleJson(value)!, renderJson(value)]) {
    assert.not.match(text, RAW);
    assert.equal(JSON.parse(text), value);
  }
});

test.run();
