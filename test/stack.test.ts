import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from './support/cli.js';

const test = suite('the stack');

/** Folders of src from the top to the ground, as docs/architecture.md lists them. */
const FLOORS = [...textOf('docs/architecture.md').matchAll(/^\| `([\w/]+)` \|/gm)].map(
  ([, folder]) => folder!,
);

/** The height of a folder: the ground is 0. */
const HEIGHT = new Map(FLOORS.toReversed().map((folder, height) => [folder, height]));

/** Most files and folders in one folder: what a reader takes in at a glance. */
const MOST_ENTRIES = 20;

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function codeIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('test/fixtures/'));
}

function foldersIn(folder: string): string[] {
  const own = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...own.flatMap(({ name }) => foldersIn(`${folder}/${name}`))];
}

const COMMENTS = /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** What a file imports or exports again, values and types, at once or when it runs: `from '...'`, `import('...')`. */
function importsOf(path: string): { readonly from: string; readonly isType: boolean }[] {
  const text = textOf(path).replace(COMMENTS, '');
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  );
  return [...found].map(([, type, from, later]) => ({ from: (from ?? later)!, isType: type !== undefined }));
}

/** The file of src that an import means. */
function targetOf(path: string, from: string): string | undefined {
  if (!from.startsWith('.')) return undefined;
  const base = join(dirname(path), from).replace(/\.js$/, '');
  return ['.ts', '.tsx'].map((ending) => base + ending).find((file) => existsSync(join(ROOT, file)));
}

const SOURCES = codeIn('src');
const IMPORTS = new Map(
  SOURCES.map((path) => [path, importsOf(path).flatMap(({ from }) => targetOf(path, from) ?? [])]),
);
const folderOf = (path: string) => dirname(path).replace(/^src\/?/, '');

test('docs/architecture.md lists the folders of src, each once', () => {
  const folders = new Set(SOURCES.map(folderOf).filter((folder) => folder !== ''));
  assert.equal([...FLOORS].sort(), [...folders].sort());
});

test('every file and folder that CONTRIBUTING.md names is there', () => {
  const named = textOf('CONTRIBUTING.md').matchAll(/`((?:\.ci|configs|docs|scripts|src|test)\/[\w./-]+)`/g);
  const missing = [...named].map(([, path]) => path!).filter((path) => !existsSync(join(ROOT, path)));
  assert.equal(missing, ['configs/NAME.yaml']);
});

test('every import goes down or stays in its folder', () => {
  const upward: string[] = [];
  for (const [path, targets] of IMPORTS) {
    if (folderOf(path) === '') continue;
    for (const target of targets) {
      const isDoor = folderOf(target) === '';
      if (isDoor || HEIGHT.get(folderOf(target))! > HEIGHT.get(folderOf(path))!)
        upward.push(`${path} -> ${target}`);
    }
  }
  assert.equal(upward, []);
});

test('no files import each other in a circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(' -> '));
    if (done.has(path) || above.includes(path)) return;
    for (const target of IMPORTS.get(path)!) visit(target, [...above, path]);
    done.add(path);
  };
  for (const path of SOURCES) visit(path, []);
  assert.equal(circles, []);
});

test('no folder has more entries than a reader takes in', () => {
  const crowded = [
    ...foldersIn('src'),
    ...foldersIn('test').filter((folder) => !folder.startsWith('test/fixtures')),
  ]
    .map((folder) => ({ folder, entries: readdirSync(join(ROOT, folder)).length }))
    .filter(({ entries }) => entries > MOST_ENTRIES);
  assert.equal(crowded, []);
});

test('test mirrors src, and its helpers are in test/support', () => {
  // What tests the whole program, and what helps to test.
  const OWN = /^test($|\/(support|gpu|long|pack)(\/|$))/;
  const strangers = [...new Set(codeIn('test').map(dirname))].filter(
    (folder) => !OWN.test(folder) && !existsSync(join(ROOT, folder.replace(/^test/, 'src'))),
  );
  assert.equal(strangers, []);
  const helpers = codeIn('test').filter(
    (path) => !/\.(test|gpu|long|install)\.tsx?$/.test(path) && !path.startsWith('test/support/'),
  );
  assert.equal(helpers, []);
});

test('no file of src is longer than a person reads in one sitting, unless it is a table', () => {
  const isNumbers = (line: string) => !/[a-z]{2}/.test(line.replace(/\b(weight|strokes)\b/g, ''));
  const long = SOURCES.filter((path) => {
    const lines = textOf(path).split('\n');
    return lines.length > 400 && lines.filter(isNumbers).length < 0.9 * lines.length;
  });
  assert.equal(long, []);
});

test('what is exported is imported by somebody', () => {
  const all = [...SOURCES, ...codeIn('test'), ...codeIn('scripts')];
  const texts = new Map(all.map((path) => [path, textOf(path).replace(COMMENTS, '')]));
  const readers = new Map<string, string[]>();
  for (const path of all)
    for (const { from } of importsOf(path)) {
      const target = targetOf(path, from);
      if (target) readers.set(target, [...(readers.get(target) ?? []), path]);
    }
  const unread = SOURCES.filter((path) => folderOf(path) !== '').flatMap((path) => {
    const values = texts
      .get(path)!
      .matchAll(/^export (?:async |abstract )*(?:const|function\*?|class) (\w+)/gm);
    const isRead = (name: string) =>
      (readers.get(path) ?? []).some((reader) => new RegExp(`\\b${name}\\b`).test(texts.get(reader)!));
    return [...values].filter(([, name]) => !isRead(name!)).map(([, name]) => `${path}: ${name}`);
  });
  assert.equal(unread, []);
});

test('every test file runs its tests: without test.run() it passes as none', () => {
  for (const file of codeIn('test').filter((path) => /\.(test|gpu|long|install)\.tsx?$/.test(path)))
    assert.match(textOf(file), /^(\w*[tT]est|\w+)\.run\(\);?$/m, file);
});

const loadedAtOnce = (path: string) =>
  [
    ...textOf(path)
      .replace(COMMENTS, '')
      .matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm),
  ].map(([, from]) => from!);

test('a command loads nothing heavy before it runs', () => {
  for (const file of codeIn('src/commands')) {
    for (const from of loadedAtOnce(file)) {
      assert.not.match(
        from,
        /\/engines\/|\/ui\/live\/|^(onnxruntime|@tensorflow|ink|react|sharp)/,
        `${file} loads ${from}`,
      );
    }
  }
});

test('the floors below the engines load no library of theirs', () => {
  const ground = SOURCES.filter((path) => HEIGHT.get(folderOf(path))! < HEIGHT.get('engines')!);
  for (const file of ground) {
    for (const from of loadedAtOnce(file))
      assert.not.match(from, /^(onnxruntime|@tensorflow|ink|react|yargs|chalk)/, `${file} loads ${from}`);
  }
});

test('ONNX Runtime is loaded in one place, where its telemetry is switched off before', () => {
  for (const file of [...SOURCES, ...codeIn('scripts'), ...codeIn('test')]) {
    assert.not.ok(
      loadedAtOnce(file).includes('onnxruntime-node'),
      `${file} loads onnxruntime-node by itself`,
    );
  }
});

test('tests load Ink as cnnzoo does: it reads the environment once for all that run in its process', () => {
  const atOnce = (path: string) =>
    [...textOf(path).matchAll(/^import\s(?!type\s)[^'";]*?\sfrom\s+'([^']+)'/gm)].map(([, from]) => from!);
  const screens = new Set(SOURCES.filter((path) => atOnce(path).includes('ink')));
  assert.ok(screens.size > 5);
  const tests = codeIn('test').filter((path) =>
    atOnce(path).some((from) => from === 'ink' || screens.has(targetOf(path, from)!)),
  );
  assert.equal(tests, []);
});

test('how many numbers there are is no matter for who looks for the largest', () => {
  // The arguments of a call lie on the stack, which some hundred thousand overflow: src/base/extremes.ts has them one by one.
  for (const file of SOURCES)
    assert.not.match(
      textOf(file).replace(COMMENTS, ''),
      /Math\.(?:min|max)\((?:[^()]|\([^()]*\))*?(?<!\[)\.\.\./,
      file,
    );
});

test.run();
