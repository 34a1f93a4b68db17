import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../support/cli.js';

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

/** What a file loads when it is loaded: imports of types alone load nothing. */
function imports(path: string): string[] {
  const lines = textOf(path).replace(/\/\*[\s\S]*?\*\//g, '');
  const statements = lines.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  return [...statements].map(([, from]) => from!);
}

test('every test file runs its tests: without test.run() it passes as none', () => {
  for (const file of filesIn('test').filter((path) => /\.test\.tsx?$/.test(path))) {
    assert.match(textOf(file), /^(\w*[tT]est|\w+)\.run\(\);?$/m, file);
  }
});

test('src/models loads no engine, no screen and no command', () => {
  for (const file of filesIn('src/models')) {
    for (const from of imports(file)) {
      assert.not.match(from, /\/(engines|ui|report|commands|data|cli)\//, `${file} loads ${from}`);
      assert.not.match(from, /^(onnxruntime|@tensorflow|ink|react|yargs|chalk)/, `${file} loads ${from}`);
      if (/\/training\//.test(from))
        assert.match(from, /\/training\/(optimizers|schedules)\//, `${file} loads ${from}`);
    }
  }
});

test('a command loads nothing heavy before it runs', () => {
  for (const file of filesIn('src/commands')) {
    for (const from of imports(file)) {
      assert.not.match(
        from,
        /\/engines\/|\/ui\/live\/|^(onnxruntime|@tensorflow|ink|react|sharp)/,
        `${file} loads ${from}`,
      );
    }
  }
});

test('ONNX Runtime is loaded in one place, where its telemetry is switched off before', () => {
  for (const folder of ['src', 'scripts', 'test']) {
    for (const file of filesIn(folder)) {
      assert.not.ok(imports(file).includes('onnxruntime-node'), `${file} loads onnxruntime-node by itself`);
    }
  }
});

test.run();
