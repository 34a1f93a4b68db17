import '../support/flags.js';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSetting } from '../../src/base/text/settings.js';
import { flagOf } from '../../src/cli/names.js';
import { GLOBAL_OPTIONS, type Options } from '../../src/cli/options.js';
import { FILE } from '../../src/cli/values.js';
import { COMMANDS } from '../../src/commands/index.js';
import { parseCommandLine } from '../../src/program/parse.js';
import { runCli } from '../support/cli.js';
import { withFolder } from '../support/folders.js';

const commands = await Promise.all(COMMANDS.map(async (entry) => (await entry.load()).command));

/** The sentence with which a command line is refused. */
async function refusal(words: readonly string[]): Promise<string> {
  const request = await parseCommandLine(words);
  try {
    if (request.kind === 'command') await request.run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

/** Every option that names a file for what a command makes: `[command, key]`. */
const WRITTEN = commands.flatMap(({ name, options }) =>
  Object.entries<Options[string]>({ ...GLOBAL_OPTIONS, ...options })
    .filter(([, { writes }]) => writes)
    .map(([key]) => [name, key] as const),
);

test('every file that a command writes by a flag is declared as one', () => {
  for (const { name, options } of commands)
    for (const [key, { takes, describe, writes }] of Object.entries<Options[string]>(options))
      if (takes === FILE)
        assert.is(writes === true, /^(Write|Draw)/.test(describe), `${name} ${flagOf(key)}`);
  for (const [name, key] of WRITTEN) assert.ok(isSetting(key), `${name} ${key}`);
  assert.equal(
    WRITTEN.filter(([, key]) => key !== 'jsonFile')
      .map((words) => words.join(' '))
      .sort(),
    ['bench out', 'compare html', 'datasets out', 'evaluate html', 'robustness out', 'visualize out'],
  );
});

test('a file that cannot be written is refused before any work, with the way out, whatever the command', () =>
  withFolder(async (root) => {
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'x.png'));
    for (const [name, key] of WRITTEN) {
      const { usage } = commands.find((command) => command.name === name)!;
      // What stands in its places does not matter: it is not looked at yet.
      const words = [
        ...usage
          .split(' ')
          .slice(1)
          .map(() => 'nothing'),
        ...(name === 'export' ? ['--to', 'onnx', '--out', 'x.onnx'] : []),
      ];
      const refused = (path: string) => refusal([name, ...words, '--no-defaults', flagOf(key), path]);
      const [none, inFile, folder] = [
        join(root, 'no/such/x.png'),
        join(root, 'file/x.png'),
        join(root, 'x.png'),
      ];
      const flag = `${flagOf(key)}`;
      assert.is(
        await refused(none),
        `${flag} ${none}: there is no folder ${join(root, 'no/such')}. Make it first: mkdir -p ${join(root, 'no/such')}`,
        name,
      );
      assert.match(await refused(inFile), `${flag} ${inFile}: `);
      assert.is(await refused(folder), `${flag} ${folder}: that is a folder.`);
    }
  }));

test('bench measures nothing for a file that it cannot write', () => {
  const begin = performance.now();
  const { code, stdout, stderr } = runCli([
    'bench',
    'vgg16',
    '--seconds',
    '60',
    '--out',
    'no/such/figures.json',
  ]);
  assert.equal(
    [code, stdout, stderr],
    [2, '', '--out no/such/figures.json: there is no folder no/such. Make it first: mkdir -p no/such\n'],
  );
  assert.ok(performance.now() - begin < 30_000);
});

test('CNNZOO_FORMULATION is refused where it is none, and where nothing would come of it', () => {
  const told = (wish: string, ...words: string[]) => {
    const { code, stdout, stderr } = runCli(words, '', { CNNZOO_FORMULATION: wish });
    assert.equal([code, stdout], [2, '']);
    return stderr;
  };
  const bench = ['bench', 'mnist-mlp', '--steps', '1'];
  for (const words of [
    bench,
    [...bench, '--engine', 'tensorflow'],
    ['train', 'mnist-mlp'],
    ['evaluate', 'nothing'],
  ])
    assert.is(
      told('fastest', ...words),
      'CNNZOO_FORMULATION is "fastest": it can be auto, direct, winograd-2x2, winograd-4x4, winograd-5x5.\n',
    );
  const idle = (engine: string, device: string) =>
    `CNNZOO_FORMULATION=direct is for convolutions of the onnx engine on the CPU and changes nothing here (engine ${engine}, device ${device}): unset it, or take --engine onnx --device cpu.\n`;
  assert.is(told('direct', ...bench, '--engine', 'tensorflow'), idle('tensorflow', 'auto'));
  assert.is(told('direct', 'train', 'mnist-mlp', '--device', 'cuda'), idle('auto', 'cuda'));
  assert.is(
    runCli(['bench', 'mnist-mlp', '--steps', '1', '--engine', 'tensorflow'], '', {
      CNNZOO_FORMULATION: 'auto',
    }).code,
    0,
  );
  assert.is(
    told('direct', ...bench, '--mode', 'infer', '--dtype', 'int8'),
    'CNNZOO_FORMULATION=direct is for convolutions in float32 and changes nothing in int8: unset it.\n',
  );
  const heard = runCli([...bench, '--device', 'cpu', '--json'], '', { CNNZOO_FORMULATION: 'direct' });
  assert.equal([heard.code, JSON.parse(heard.stdout)[0].formulation], [0, 'direct']);
});

test('a run that goes on does not hear CNNZOO_FORMULATION, and says so', async () => {
  await withFolder((folder) => {
    const run = join(folder, 'run');
    const train = ['train', 'mnist-mlp', '--dataset', 'digits', '--limit', '128,64', '--device', 'cpu'];
    assert.is(runCli([...train, '--epochs', '1', '--run-dir', run]).code, 0);
    const { code, stderr } = runCli(['train', '--resume', run, '--epochs', '2'], '', {
      CNNZOO_FORMULATION: 'direct',
    });
    assert.is(code, 0);
    assert.match(
      stderr,
      'warning: CNNZOO_FORMULATION=direct is not heard: the run was computed with auto, and is now, so that the same bits come out.',
    );
  });
});

test('more parts than a batch has images are refused, and parts where nothing is trained', async () => {
  const most = (batchSize: number) =>
    `--micro-batches 9: a batch of ${batchSize} has no images for so many parts; --micro-batches ${batchSize} are the most.\n`;
  const parts = ['mnist-mlp', '--batch-size', '8', '--micro-batches', '9'];
  await withFolder((folder) => {
    const run = ['--dataset', 'digits', '--run-dir', join(folder, 'run')];
    for (const words of [
      ['bench', ...parts, '--steps', '1'],
      ['bench', ...parts, '--explain'],
      ['train', ...parts, ...run],
    ]) {
      const { code, stdout, stderr } = runCli(words);
      assert.equal([code, stdout, stderr], [2, '', most(8)]);
    }
    assert.not(existsSync(join(folder, 'run')));
  });
  assert.is(
    runCli(['bench', 'mnist-mlp', '--mode', 'infer', '--micro-batches', '2']).stderr,
    '--micro-batches is about training steps: leave it out, or --mode infer.\n',
  );
});

test.run();
