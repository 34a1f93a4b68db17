import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.js';

/** A program of docs/library.md, and what it prints. */
export interface LibraryProgram {
  readonly code: string;
  readonly prints: RegExp;
}

/** What each of them prints, in their order. */
const PRINTED: readonly RegExp[] = [
  /^epoch 1: loss \d\.\d{3}\nepoch 2: loss \d\.\d{3}\ncompleted 0\.\d+\n$/,
  /^interrupted\ncompleted\n$/,
  /^407050\n0\.\d+\n\d\n\[ 784, 512 \]\n$/,
  /^stopped completed \d+ 0\.\d+\nrun completed 2 0\.\d+\nstopped\n$/,
  /^\[ 9, 2, 6, 3 \]\n$/,
  /^mnist-mlp: completed\nstart end\nmnist-mlp: interrupted\n$/,
];

/** @throws Error where the page has more programs or fewer than are known here */
export function libraryPrograms(): LibraryProgram[] {
  const text = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
  const programs = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
  if (programs.length !== PRINTED.length)
    throw new Error(`docs/library.md has ${programs.length} programs, not ${PRINTED.length}`);
  return programs.map((code, i) => ({ code, prints: PRINTED[i]! }));
}
