/** The licences of other people's code that dist/ and the packed package hold: their texts must travel with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Packed whole, but without a file with their licence: its text is in their repositories. */
export const ONNX_RUNTIME = ['onnxruntime-node', 'onnxruntime-common'];

/**
 * One text: for each package its name, version and licence.
 * @param root the project's folder, with node_modules
 * @param metafiles what esbuild says of the bundles
 * @param others packages that are there whole, beside them
 * @throws Error where a package states no licence.
 */
export function licencesText(
  root: string,
  metafiles: readonly Metafile[],
  others: readonly string[],
): string {
  const bundled = new Set<string>();
  for (const path of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    if (folder) bundled.add(folder);
  }
  const folders = [...bundled, ...others.map((name) => `node_modules/${name}`)].sort();
  const parts = folders.map((folder) => licenceOf(join(root, folder)));
  return `cnnzoo's own licence is in LICENSE. It holds parts of these packages:\n\n${parts.join('\n')}`;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  if (license === undefined) throw new Error(`${name} states no licence.`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : withoutFile(name);
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`;
}

function withoutFile(name: string): string {
  if (ONNX_RUNTIME.includes(name)) return `${mitOf('Microsoft Corporation')}\n\n${NOTICES}`;
  // As the heads of their files have it. The licence's text is that of long, which they bring along.
  if (name.startsWith('@tensorflow/'))
    return 'Copyright Google LLC. Apache License 2.0: its text is with long, in this list.';
  if (name === 'seedrandom') return mitOf('2019 David Bau');
  if (name === 'yoga-layout') return mitOf('Meta Platforms, Inc. and affiliates.');
  throw new Error(`${name} holds no text of its licence.`);
}

const NOTICES = `The notices of the software that ONNX Runtime itself holds: ThirdPartyNotices.txt of
https://github.com/microsoft/onnxruntime`;

const mitOf = (holder: string): string => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
