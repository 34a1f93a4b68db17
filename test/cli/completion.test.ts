import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { complete } from '../../src/cli/completion/complete.js';
import { INSTALLATIONS, SCRIPTS } from '../../src/cli/completion/scripts.js';
import { nameOf } from '../../src/cli/names.js';
import { COMMANDS } from '../../src/commands/index.js';
import { ENGINE_CHOICES } from '../../src/engines/host/engines.js';
import { modelNames } from '../../src/models/zoo.js';
import { OPTIMIZERS } from '../../src/recipe/optimizers/index.js';
import { cnnzoo, program, ROOT } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';

// What other tests leave beside it must not be among the candidates.
const folder = join(temporaryFolder(), 'here');
mkdirSync(join(folder, 'runs/one'), { recursive: true });
mkdirSync(join(folder, 'a folder/inner'), { recursive: true });
mkdirSync(join(folder, 'bin'));
writeFileSync(join(folder, 'runs/one/run.json'), '{}');
writeFileSync(join(folder, 'mine.yaml'), '');
writeFileSync(join(folder, 'seven.png'), '');

/** The program by its name, as an installation has it. */
const installed = join(folder, 'bin/cnnzoo');
writeFileSync(installed, `#!/bin/sh\nexec '${process.execPath}' '${program()}' "$@"\n`);
chmodSync(installed, 0o755);

const SOURCES = pathToFileURL(join(ROOT, 'src/')).href;

/** What the last word may become, in the folder of this test. */
async function candidates(...words: string[]): Promise<string[]> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return (await complete(words, COMMANDS)).map(({ value }) => value);
  } finally {
    process.chdir(before);
  }
}

test('commands, with what they do', async () => {
  const all = await complete([''], COMMANDS);
  assert.equal(
    all.map(({ value }) => value),
    [...COMMANDS.map(({ usage }) => nameOf(usage)), 'help'],
  );
  assert.ok(all.every(({ describe }) => describe !== undefined));
  assert.equal(await candidates('eva'), ['evaluate']);
  assert.equal(await candidates('nothing', ''), []);
  assert.equal(await candidates('--v'), ['--verbose', '--version']);
});

test('models are names of the zoo and YAML files', async () => {
  assert.equal(
    await candidates('summary', 'resnet'),
    modelNames().filter((name) => name.startsWith('resnet')),
  );
  assert.equal(await candidates('train', 'mi'), ['mine.yaml']);
  assert.equal(await candidates('train', './m'), ['./mine.yaml']);
  assert.equal(
    await candidates('bench', 'lenet5', 'vgg16'),
    modelNames().filter((name) => name.startsWith('vgg16')),
  );
  // A second model is one too many.
  assert.equal(await candidates('summary', 'lenet5', 'alex'), []);
});

test('runs are those in runs/ and what lies on the way to others', async () => {
  assert.equal(await candidates('evaluate', 'run'), ['runs/one', 'runs/']);
  assert.equal(await candidates('evaluate', 'runs/'), ['runs/one']);
  assert.equal(
    await candidates('evaluate', '../'),
    (await candidates('evaluate', '../')).filter((path) => path.endsWith('/')),
  );
  assert.equal(await candidates('train', '--resume', 'runs/o'), ['runs/one']);
});

test('flags that are not there yet, and their values', async () => {
  assert.equal(await candidates('summary', 'lenet5', '--no'), ['--no-color', '--no-defaults', '--no-top']);
  assert.equal(await candidates('summary', 'lenet5', '--no-top', '--no'), ['--no-color', '--no-defaults']);
  assert.equal(await candidates('train', '--set', 'a=1', '--se'), ['--seed', '--set']);
  assert.equal(await candidates('train', '--engine', ''), ENGINE_CHOICES);
  assert.equal(await candidates('train', '--engine=o'), ['--engine=onnx']);
  assert.equal(await candidates('train', '--engine', '=', 'o'), ['onnx'], 'as bash has it');
  assert.equal(await candidates('train', '--engine', '='), ENGINE_CHOICES);
  assert.equal(await candidates('list', '--format', 'm'), ['markdown']);
  assert.equal(await candidates('train', '--dataset', 'd'), ['digits']);
  assert.equal(await candidates('train', '--optimizer', ''), Object.keys(OPTIMIZERS));
  assert.equal(await candidates('train', '--data-dir', 'a'), ['a folder/']);
  // A flag's value is no model.
  assert.equal(await candidates('train', '--epochs', '3', 'mnist-ml'), ['mnist-mlp']);
});

test('what a picture is made of', async () => {
  assert.equal(await candidates('visualize', 'f'), ['filters', 'features']);
  assert.equal(await candidates('visualize', 'lines', 's'), ['seven.png']);
  // A run; for a model there is a way on, to a file in it.
  assert.equal(await candidates('visualize', 'occlusion', 'runs/'), ['runs/one', 'runs/one/']);
  assert.equal(await candidates('visualize', 'features', 'runs/one', 's'), ['seven.png']);
  assert.equal(await candidates('visualize', 'history', 'runs/one', 'runs/'), ['runs/one']);
  assert.equal(
    await candidates('visualize', 'architecture', 'goog'),
    modelNames().filter((name) => name.startsWith('goog')),
  );
  assert.equal(await candidates('datasets', 'v'), ['verify']);
  assert.equal(await candidates('datasets', 'show', 'dig'), ['digits']);
  assert.equal(await candidates('compare', '--sort', 'testAcc'), ['testAccuracy']);
});

test('layers of what is to be applied or looked at', async () => {
  const convolutions = ['conv2d_1', 'conv2d_2', 'conv2d_3'];
  assert.equal(await candidates('apply', 'lenet5', '--layer', 'conv'), convolutions);
  assert.equal(await candidates('apply', 'lenet5', 'random:28x28x1', '--from=conv2d_3'), ['--from=conv2d_3']);
  const layers = '[conv2d: {filters: 1, kernelSize: 3}, flatten]';
  assert.equal(await candidates('apply', layers, '--layer', ''), ['conv2d_1', 'flatten_1']);
  const looked = await candidates('visualize', 'gradcam', 'lenet5', 'seven.png', '--layer', 'conv');
  assert.equal(looked, convolutions);
});

test('every flag of every command that takes a name has candidates', async () => {
  for (const { usage } of COMMANDS) {
    const command = nameOf(usage);
    for (const flag of await candidates(command, '--')) {
      // None of them may fail, whatever follows.
      await candidates(command, flag, '');
    }
  }
});

test('completing loads neither engine nor screen', async () => {
  const script = `
    import { complete } from '${SOURCES}cli/completion/complete.ts';
    import { COMMANDS } from '${SOURCES}commands/index.ts';
    for (const { usage } of COMMANDS) {
      for (const words of [[''], ['--'], ['--dataset', '']])
        await complete([usage.split(' ')[0], ...words], COMMANDS);
    }
    const loaded = process.report.getReport().sharedObjects.filter((name) => /onnxruntime|sharp|tensorflow/.test(name));
    if (loaded.length > 0) throw new Error(loaded.join());
  `;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', join(ROOT, 'test/support/register.js'), '--input-type=module', '-e', script],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  assert.is(status, 0, stderr);
});

test('the command: a script, candidates, an unknown shell', async () => {
  const script = await cnnzoo(folder, ['completion', 'bash']);
  assert.equal([script.code, script.stdout], [0, SCRIPTS.bash]);
  const json = await cnnzoo(folder, ['completion', 'zsh', '--json']);
  assert.equal(JSON.parse(json.stdout), { shell: 'zsh', script: SCRIPTS.zsh });
  const words = await cnnzoo(folder, ['completion', 'fish', '--', 'visualize', 'fi']);
  assert.equal([words.code, words.stdout], [0, 'filters\n']);
  const broken = await cnnzoo(folder, [
    'completion',
    'fish',
    '--',
    'visualize',
    'features',
    'runs/one',
    '--layer',
    '',
  ]);
  assert.equal(
    [broken.code, broken.stdout, broken.stderr],
    [0, '', ''],
    'a broken run is no reason to speak',
  );
  const wrong = await cnnzoo(folder, ['completion', 'bsh']);
  assert.equal([wrong.code, wrong.stderr], [2, 'There is no completion for "bsh". Did you mean bash?\n']);
  for (const shell of Object.keys(SCRIPTS)) assert.match(INSTALLATIONS[shell as keyof typeof SCRIPTS], shell);
});

function shell(name: string, script: string): string | undefined {
  const result = spawnSync(name, name === 'bash' ? ['--norc', '-c', script] : ['-f', '-c', script], {
    cwd: folder,
    env: { ...process.env, HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, TERM: 'dumb' },
    encoding: 'utf8',
  });
  if (result.error && 'code' in result.error && result.error.code === 'ENOENT') return undefined;
  assert.is(result.stderr, '', name);
  return result.stdout;
}

test('in bash', () => {
  const output = shell(
    'bash',
    `source <(cnnzoo completion bash)
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cnnzoo; printf '%s,' "\${COMPREPLY[@]}"; echo; }
    complete -p cnnzoo
    try cnnzoo eva
    try cnnzoo train mnist-m
    try cnnzoo train --engine = te
    try cnnzoo evaluate runs/
    try cnnzoo train --data-dir a`,
  );
  if (output === undefined) return;
  assert.equal(output.trimEnd().split('\n'), [
    'complete -F _cnnzoo cnnzoo',
    'evaluate,',
    'mnist-mlp,',
    'tensorflow,',
    'runs/one,',
    'a\\ folder/,',
  ]);
});

test('in fish', () => {
  const result = spawnSync(
    'fish',
    [
      '--no-config',
      '-c',
      "cnnzoo completion fish | source; complete -C 'cnnzoo eva'; complete -C 'cnnzoo train mnist-m'; complete -C 'cnnzoo train --engine '",
    ],
    {
      cwd: folder,
      env: { ...process.env, HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
      encoding: 'utf8',
    },
  );
  if (result.error) return;
  assert.equal(result.stdout.trimEnd().split('\n'), [
    'evaluate\tHow good a trained model is, class by class',
    'mnist-mlp',
    'auto',
    'onnx',
    'tensorflow',
  ]);
});

/** zsh's own functions stand aside: what the script gives to `compadd` is what zsh would show. */
const ZSH = `
  compdef() { print -r -- compdef "$@"; }
  compadd() { print -r -- "$@" : "\${whole[@]}" : "\${shown[@]}" : "\${begun[@]}"; }
  source <(cnnzoo completion zsh)
  try() { words=("$@"); CURRENT=$#words; _cnnzoo; }
  try cnnzoo eval
  try cnnzoo evaluate ru
  try cnnzoo train --engine=t
  try cnnzoo train nothing-like-it
`;

test('in zsh', () => {
  const output = shell('zsh', ZSH);
  if (output === undefined) return;
  assert.equal(output.trimEnd().split('\n'), [
    'compdef _cnnzoo cnnzoo',
    '-l -d shown -a whole : evaluate : evaluate  -- How good a trained model is, class by class :',
    '-l -d shown -a whole : runs/one : runs/one : runs/',
    '-S  -a begun : runs/one : runs/one : runs/',
    '-l -d shown -a whole : --engine=tensorflow : --engine=tensorflow :',
  ]);
});

test.run();
