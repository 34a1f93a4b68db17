/**
 * The programs of docs/library.md in projects of their own that have nothing but the packed package, TypeScript and Node's types:
 * they compile with every type checked, and print what the page says. Part of `npm run test:install`; the npm registry is in reach.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainEnv } from '../support/cli.js';
import { libraryPrograms } from '../support/library-programs.js';
import { packedPackage } from '../support/packed.js';

const test = suite('the library, installed');
const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-library-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const TOOLS = ['typescript', '@types/node@20'];
/** How each installer adds packages to the project of the folder that it runs in. */
const INSTALLERS = [
  { name: 'npm', command: ['npm', 'install', '--no-audit', '--no-fund'] },
  { name: 'pnpm', command: ['npx', '--yes', 'pnpm@10', 'add'] },
];

const CONFIG = {
  compilerOptions: {
    ...{ target: 'es2023', module: 'nodenext', outDir: 'out', types: ['node'] },
    ...{
      strict: true,
      skipLibCheck: false,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
    },
  },
  include: ['*.ts'],
};

/** What a type checker must not let pass: the types say something. */
const WRONG: readonly [code: string, error: RegExp][] = [
  ["train({ model: 'lenet5', epochs: 'three' });", /'string' is not assignable to type 'number'/],
  ["train({ model: 'lenet5', bachSize: 3 });", /'bachSize' does not exist/],
  [
    "for await (const event of train({})) if (event.event === 'epoch') event.reason;",
    /'reason' does not exist/,
  ],
];

function run(cwd: string, [file, ...args]: readonly string[]) {
  return spawnSync(file!, args, { cwd, encoding: 'utf8', env: plainEnv({ HOME: folder }) });
}

for (const { name, command } of INSTALLERS) {
  test(`with ${name}`, () => {
    const project = mkdtempSync(join(folder, `${name}-`));
    writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(CONFIG));
    const installed = run(project, [...command, packedPackage(), ...TOOLS]);
    assert.is(installed.status, 0, `${installed.stdout}\n${installed.stderr}`);

    const programs = libraryPrograms();
    for (const [i, { code }] of programs.entries()) writeFileSync(join(project, `program-${i}.ts`), code);
    const tsc = [process.execPath, 'node_modules/typescript/bin/tsc'];
    const compiled = run(project, tsc);
    assert.is(compiled.stdout, '', 'what the type checker says');
    assert.is(compiled.status, 0);

    for (const [i, { prints }] of programs.entries()) {
      const { status, stdout, stderr } = run(project, [process.execPath, `out/program-${i}.js`]);
      assert.is(status, 0, stderr);
      assert.match(stdout, prints, `program ${i}`);
      assert.is(stderr, '', `program ${i}`);
    }

    for (const [code, error] of WRONG) {
      writeFileSync(join(project, 'wrong.ts'), `import { train } from 'cnnzoo';\n${code}\n`);
      assert.match(run(project, [...tsc, '--noEmit']).stdout, error);
    }
    const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    assert.equal(Object.keys(dependencies).sort(), ['@types/node', 'cnnzoo', 'typescript']);
    rmSync(project, { recursive: true });
  });
}

test.run();
