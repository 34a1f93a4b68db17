import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../support/cli.js';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  files: string[];
  dependencies: Record<string, string>;
  repository: { url: string };
  homepage: string;
  bugs: string;
};
/** npm packs these whether `files` names them or not. */
const PACKED = [...manifest.files, 'README.md', 'LICENSE', 'package.json'];

/** The relative places that a Markdown text links to, or shows as pictures. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

test('every picture and link of the packed texts is packed too', () => {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  for (const file of [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...docs.map((name) => `docs/${name}`),
  ]) {
    for (const link of linksOf(readFileSync(join(ROOT, file), 'utf8'))) {
      const target = normalize(join(dirname(file), link));
      assert.ok(existsSync(join(ROOT, target)), `${file} links to ${link}, which is not there`);
      assert.ok(
        PACKED.some((entry) => target === entry || target.startsWith(`${entry}/`)),
        `${file} links to ${link}, which is not packed`,
      );
    }
  }
});

test('the package says where it comes from and where bugs go', () => {
  for (const place of [manifest.repository.url, manifest.homepage, manifest.bugs])
    assert.match(place, /https:/);
});

test('no dependency of the package runs an install script that needs another host', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: true; dev?: true; optional?: true; devOptional?: true }>;
  };
  const withScript = Object.entries(lock.packages)
    .filter(
      ([path, { hasInstallScript, dev, optional }]) => path !== '' && hasInstallScript && !dev && !optional,
    )
    .map(([path]) => path);
  assert.equal(withScript, []);
});

test.run();
