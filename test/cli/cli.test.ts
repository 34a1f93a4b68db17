import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.js';
import { SETTINGS } from '../../src/base/text/settings.js';
import { argumentsOf } from '../../src/cli/arguments.js';
import { readFlags } from '../../src/cli/flags.js';
import { flagOf, nameOf } from '../../src/cli/names.js';
import { GLOBAL_OPTIONS } from '../../src/cli/options.js';
import { text as anyText, choice, configNumber, wholeNumber } from '../../src/cli/values.js';
import { COMMANDS } from '../../src/commands/index.js';
import { modelNames } from '../../src/models/zoo.js';
import { parseCommandLine } from '../../src/program/parse.js';
import { plainEnv, ROOT, runCli, runShell } from '../support/cli.js';

const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;

/** The sentence with which a command line is refused. */
async function refusal(line: string): Promise<string> {
  try {
    await parseCommandLine(line === '' ? [] : line.split(' '));
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as UsageError).message;
  }
  return 'was accepted';
}

async function text(line: string): Promise<string> {
  const request = await parseCommandLine(line === '' ? [] : line.split(' '));
  return request.kind === 'text' ? request.text : 'is a command';
}

const refusals: readonly [line: string, sentence: string][] = [
  ['summry lenet5', 'There is no command "summry". Did you mean "summary"?'],
  [
    'frobnicate',
    `There is no command "frobnicate". There are ${COMMANDS.map(({ usage }) => nameOf(usage)).join(', ')}.`,
  ],
  [
    'help frobnicat',
    `There is no command "frobnicat". There are ${COMMANDS.map(({ usage }) => nameOf(usage)).join(', ')}.`,
  ],
  ['--fromat json', 'There is no option --fromat. Did you mean --format?'],
  ['--frobnicate', 'There is no option --frobnicate. See "cnnzoo --help".'],
  ['summary', 'summary needs a model: cnnzoo summary <model>, for example "cnnzoo summary mnist-basic".'],
  ['summary lenet5 alexnet', '"alexnet" is one too many: cnnzoo summary <model>.'],
  ['doctor lenet5', 'doctor takes no arguments, got "lenet5".'],
  ['lenet5', 'There is no command "lenet5": that is a model. Did you mean "cnnzoo summary lenet5"?'],
  [
    './my.yaml --json',
    'There is no command "./my.yaml": that is a model. Did you mean "cnnzoo summary ./my.yaml"?',
  ],
  ['train lenet5 --lr 0.1', 'There is no option --lr for train. Did you mean --learning-rate?'],
  [
    'export lenet5 --out x',
    '--to must be given: onnx, tfjs, web, pytorch or safetensors. See "cnnzoo export --help".',
  ],
  ['summary lenet5 --no-topp', 'There is no option --no-topp for summary. Did you mean --no-top?'],
  ['summary --no-topp lenet5', 'There is no option --no-topp for summary. Did you mean --no-top?'],
  ['--no-topp summary lenet5', 'There is no option --no-topp for summary. Did you mean --no-top?'],
  ['summary lenet5 -x', 'There is no option -x for summary. See "cnnzoo summary --help".'],
  ['summary lenet5 -json', 'There is no option -json for summary. Did you mean --json?'],
  ['summary lenet5 --input.x 3', 'There is no option --input.x for summary. Did you mean --input?'],
  [
    'summary lenet5 --input 28x28',
    '--input must be height x width x channels, such as 32x32x3, got "28x28".',
  ],
  ['summary lenet5 --classes 1.5', '--classes must be a whole number of at least 2, got 1.5.'],
  ['summary lenet5 --classes abc', '--classes must be a number, got "abc".'],
  ['summary lenet5 --classes', '--classes needs a value.'],
  ['summary lenet5 --classes --json', '--classes needs a value.'],
  ['summary lenet5 --classes=', '--classes needs a value.'],
  ['summary lenet5 --input=', '--input needs a value.'],
  ['summary lenet5 --classes 3 --classes 4', '--classes is given more than once: give it one value.'],
  ['summary lenet5 --format xml', '--format must be table, json, csv or markdown, got "xml".'],
  [
    'summary lenet5 --format jsn',
    '--format must be table, json, csv or markdown, got "jsn". Did you mean json?',
  ],
  ['summary lenet5 --format', '--format needs a value: table, json, csv or markdown.'],
  ['summary lenet5 --format json --format csv', '--format is given more than once: give it one value.'],
  [
    'summary lenet5 --json --format csv',
    '--json is short for --format json and does not go with --format csv.',
  ],
  ['summary lenet5 --color --no-color', '--color and --no-color do not go together.'],
  ['summary lenet5 --no-top=maybe', '--no-top takes no value, got "maybe".'],
  ['train lenet5 --input 64', '--input must be height x width x channels, such as 32x32x3, got "64".'],
  [
    'train lenet5 --epochs many',
    '--epochs many: training.epochs must be a whole number of at least 1, got "many".',
  ],
  [
    'train lenet5 --batch-size abc',
    '--batch-size abc: training.batchSize must be a whole number of at least 1, got "abc".',
  ],
  ['train lenet5 --limit 0', '--limit must be a whole number of at least 1, got 0.'],
  ['train lenet5 --limit ten', '--limit must be a whole number of at least 1, got "ten".'],
  ['train lenet5 --threads 0', '--threads must be a whole number of at least 1, got 0.'],
  ['train lenet5 --threads x', '--threads must be a whole number of at least 1, got "x".'],
  [
    'train --early-stopping lenet5',
    '--early-stopping takes a number of epochs, got lenet5: name the model before it.',
  ],
  ['train lenet5 --epochs 3 --epochs 4', '--epochs is given more than once: give it one value.'],
];

for (const [line, sentence] of refusals) {
  test(`cnnzoo ${line}: one sentence`, async () => {
    assert.is(await refusal(line), sentence);
  });
}

test('a command gets its options by their keys, and its words in their places', () => {
  const declaration = {
    name: 'bench',
    places: {
      first: { takes: anyText('X'), required: true, describe: '' },
      models: { takes: anyText('X'), many: true, describe: '' },
    },
    options: {
      batchSize: { takes: wholeNumber(-9), describe: '' },
      patience: {
        takes: configNumber('patience', 'a number'),
        bare: { value: 'a number' },
        describe: 'with or without a value',
      },
      set: { takes: anyText('X'), many: true, describe: '' },
      split: { takes: choice(['test', 'train'], 'SPLIT'), default: 'test', describe: '' },
    },
  } as const;
  const read = (line: string) =>
    argumentsOf(
      declaration,
      readFlags(line.split(' '), { ...GLOBAL_OPTIONS, ...declaration.options }, 'bench'),
    );
  const global = { jsonFile: undefined, color: undefined, quiet: false, verbose: false };
  assert.equal(read('a b --batchSize 8 c --set x=1 --set y=2 --json --no-color=false --patience'), {
    ...global,
    first: 'a',
    models: ['b', 'c'],
    batchSize: 8,
    set: ['x=1', 'y=2'],
    format: 'json',
    patience: true,
    split: 'test',
  });
  assert.equal(read('- --batch-size=-1 --patience 3 --split train -- -x'), {
    ...global,
    first: '-',
    models: ['-x'],
    batchSize: -1,
    patience: 3,
    set: undefined,
    format: 'table',
    split: 'train',
  });
  const needed = {
    name: 'export',
    places: {},
    options: { outFile: { takes: anyText('FILE'), required: true, describe: '' } },
  } as const;
  assert.throws(
    () => argumentsOf(needed, { flags: [], words: [] }),
    (error: Error) => error.message === '--out-file must be given. See "cnnzoo export --help".',
  );
});

test('the index and the files of the commands say the same', async () => {
  for (const entry of COMMANDS) {
    const { command } = await entry.load();
    assert.is(command.usage, entry.usage);
    assert.is(command.name, nameOf(entry.usage));
    assert.is(command.describe, entry.describe);
    assert.ok(command.examples.length > 0, entry.usage);
    for (const [line] of command.examples) assert.ok(line.startsWith('cnnzoo '), line);
    assert.ok(command.examples[0]![0].startsWith(`cnnzoo ${nameOf(entry.usage)}`), entry.usage);
  }
});

test('every setting that a sentence speaks of is a flag, and no code below the commands names a flag', async () => {
  const loaded = await Promise.all(COMMANDS.map((entry) => entry.load()));
  const keys = new Set(
    loaded.flatMap(({ command }) => Object.keys({ ...GLOBAL_OPTIONS, ...command.options })),
  );
  for (const key of SETTINGS) assert.ok(keys.has(key), key);
  const flags = new RegExp(`(?<![\\w-])(${[...keys].map(flagOf).join('|')})(?![\\w-])`);
  const named = filesBelowCommands().filter((path) =>
    flags.test(ownWords(readFileSync(join(ROOT, path), 'utf8'))),
  );
  assert.equal(named, []);
});

/** The studio's keys stand for command lines, which it puts together as a user would type them. */
function filesBelowCommands(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/^(cli|commands|program|ui\/studio)\b|^main\.ts$/.test(path))
    .map((path) => join('src', path));
}

/** A text without what is said of Docker's flags, and to Slurm's commands. */
function ownWords(code: string): string {
  return code.replace(/docker run [^)]*|run\('s\w+', \[[^)]*/g, '');
}

test('help is there in every way that people ask for it', async () => {
  const help = await text('summary --help');
  for (const line of ['help summary', 'summary -h', 'summary lenet5 --help', '--help summary']) {
    assert.is(await text(line), help, line);
  }
  const all = await text('--help');
  for (const line of ['', 'help', '-h', '--format json']) assert.is(await text(line), all, line);
});

test('help is as wide as the terminal, examples whole', async () => {
  const request = await parseCommandLine(['summary', '--help'], 60);
  const lines = request.kind === 'text' ? request.text.split('\n') : [];
  const examples = lines.indexOf('Examples:');
  assert.ok(lines.slice(0, examples).every((line) => line.length <= 60));
  assert.ok(lines.includes('  cnnzoo summary mnist-basic --json | jq .totals.params'));
});

test('the version is that of the package', async () => {
  for (const line of ['--version', 'summary --version']) assert.is(await text(line), `${version}\n`);
});

test('a result goes to standard output and nothing else does', () => {
  const { code, stdout, stderr } = runCli(['summary', 'lenet5', '--json']);
  assert.is(code, 0);
  assert.is(stderr, '');
  const golden = readFileSync(join(ROOT, 'test/fixtures/golden/summary-lenet5.json'), 'utf8');
  assert.is(stdout, golden);
});

test('with JSON an error is one line of JSON too, the last', () => {
  const errorOf = (args: readonly string[], input = '') => {
    const { stdout, stderr } = runCli(args, input);
    assert.is(stdout, '');
    const [sentence, line, ...rest] = stderr.trimEnd().split('\n');
    assert.equal(rest, []);
    const { error } = JSON.parse(line!) as { error: { message: string; place: string | null; code: string } };
    assert.is(error.message, sentence);
    return [error.place, error.code];
  };
  assert.equal(errorOf(['summary', 'lenet', '--json']), [null, 'usage']);
  assert.equal(errorOf(['summary', '-', '--format', 'json'], 'input: [4, 4, 1]\nlayers:\n  - conv: 3\n'), [
    'standard input:3:5',
    'usage',
  ]);
  assert.equal(errorOf(['weights', '/dev/null', '--format=json']), [null, 'usage']);
  const plain = runCli(['summary', 'lenet']);
  assert.is(plain.stderr.trimEnd().split('\n').length, 1);
});

test('wrong usage: one sentence on standard error, nothing on standard output, exit code 2', () => {
  for (const [args, sentence] of [
    [['summry'], 'There is no command "summry". Did you mean "summary"?\n'],
    [['summary', './nowhere.yaml'], './nowhere.yaml cannot be read: there is no such file.\n'],
  ] as const) {
    assert.equal(runCli(args), { code: 2, stdout: '', stderr: sentence }, args.join(' '));
  }
});

test('what a command refuses, it refuses before it prints', async () => {
  const line = lineOf('configs/lenet5.yaml', 'filters: 16');
  const sentences: readonly [string, string][] = [
    [
      'summary lenet-5',
      'There is no model "lenet-5" in the zoo. Did you mean "lenet5"? A file of your own needs a "/" or the ending .yaml.',
    ],
    [
      'bench',
      'bench needs at least one model, for example "cnnzoo bench lenet5 mnist-basic", or --suite for all of the zoo.',
    ],
    ['summary configs/', 'configs/ is a folder: name a YAML file in it, or a model of the zoo.'],
    ['summary /dev/zero', '/dev/zero is no config: a YAML file of at most 1 MB was expected.'],
    [
      'summary configs/lenet5',
      'configs/lenet5 cannot be read: there is no such file. Did you mean configs/lenet5.yaml?',
    ],
    [
      'summary lenet5 --input 8x8x1',
      `configs/lenet5.yaml:${line}:5 conv2d_2: a 5x5 window does not fit a 4x4 input.`,
    ],
    [
      'summary lenet5 --style keras --json',
      '--style keras and --format json do not go together: leave one of them out.',
    ],
    [
      'summary lenet5 --style keras --explain',
      '--style keras and --explain do not go together: leave one of them out.',
    ],
  ];
  for (const [command, sentence] of sentences) assert.is(await runRefusal(command), sentence);
});

async function runRefusal(line: string): Promise<string> {
  const request = await parseCommandLine(line.split(' '));
  try {
    if (request.kind === 'command') await request.run();
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as UsageError).message;
  }
  return 'was accepted';
}

function lineOf(file: string, text: string): number {
  return (
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

test('bin/cnnzoo.js says what to do where nothing is built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-bin-'));
  try {
    mkdirSync(join(folder, 'bin'));
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    copyFileSync(join(ROOT, 'bin/cnnzoo.js'), join(folder, 'bin/cnnzoo.js'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/cnnzoo.js')], {
      encoding: 'utf8',
      env: plainEnv(),
    });
    assert.is(stderr, 'cnnzoo is not built: run "npm run build" in its folder first.\n');
    assert.is(status, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a stack only with --verbose', () => {
  const { stderr } = runCli(['summary', 'lenet-5', '--verbose']);
  assert.match(stderr, /^There is no model "lenet-5".*\nUsageError: .*\n +at /);
});

test('a model from standard input', () => {
  const config = readFileSync(join(ROOT, 'configs/lenet5.yaml'), 'utf8');
  const { code, stdout } = runCli(['summary', '-', '--json'], config);
  assert.is(code, 0);
  assert.is((JSON.parse(stdout) as { name: string }).name, 'stdin');
  const broken = runCli(['summary', '-'], config.replace('avgPool2d', 'avgPol2d'));
  assert.match(
    broken.stderr,
    /^standard input:\d+:5 there is no layer "avgPol2d". Did you mean "avgPool2d"\?\n$/,
  );
});

test('closed standard input', () => {
  assert.is(runShell('cnnzoo list --format csv <&- | wc -l').stdout.trim(), String(modelNames().length + 1));
  const { code, stderr } = runShell('cnnzoo summary - <&-');
  assert.is(code, 2);
  assert.match(stderr, /^standard input is empty: /);
});

test('a closed pipe ends quietly', () => {
  const { code, stdout, stderr } = runShell('cnnzoo summary fashion-cnn --explain | head -1');
  assert.is(stdout, 'Deep Fashion-MNIST CNN (fashion-cnn), input 28x28x1, 10 classes\n');
  assert.is(stderr, '');
  assert.is(code, 0);
  const gone = runShell('set -o pipefail; cnnzoo list | true');
  assert.equal(gone, { code: 0, stdout: '', stderr: '' });
});

test('names by cut', () => {
  const { stdout } = runShell('cnnzoo list --format csv | cut -d, -f1');
  assert.equal(stdout.trimEnd().split('\n'), ['name', ...modelNames()]);
});

test('a full disk is one sentence and exit code 1', () => {
  if (!existsSync('/dev/full')) return;
  const { code, stderr } = runShell('cnnzoo list > /dev/full');
  assert.is(stderr, 'The output could not be written (ENOSPC): is there room left where it goes?\n');
  assert.is(code, 1);
});

test('colour where it is asked for, and only there', () => {
  const sequence = '\u001b[';
  assert.not.match(runCli(['list']).stdout, sequence);
  assert.match(runCli(['list'], '', { FORCE_COLOR: '1' }).stdout, sequence);
  assert.not.match(runCli(['list', '--no-color'], '', { FORCE_COLOR: '1' }).stdout, sequence);
  assert.match(runCli(['list', '--color'], '', { NO_COLOR: '1' }).stdout, sequence);
  assert.not.match(runCli(['list'], '', { NO_COLOR: '1' }).stdout, sequence);
});

test.run();
