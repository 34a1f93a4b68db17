/** Where the program's files lie. This file alone asks for its own place, in src/ or in what is built, dist/. */
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package: the nearest one above this file that holds a package.json. */
export const PACKAGE = nearestPackage(new URL('./', import.meta.url));

/** The folder of the program's code: src as it is written, dist as it is built. */
const CODE = new URL(extname(fileURLToPath(import.meta.url)) === '.ts' ? 'src/' : 'dist/', PACKAGE);

/** A file that a thread or process starts from, by its path in src without the ending; build.ts keeps its place. */
export function entryPoint(name: string): URL {
  return new URL(`${name}${extname(fileURLToPath(import.meta.url))}`, CODE);
}

/** Where the build puts ONNX Runtime, so that a package needs nothing else to compute with; not there in a checkout. */
export const ONNX_RUNTIME = new URL('onnxruntime-node/', CODE);

/** The program of the page that a network is exported as, which the build writes. */
export const PAGE = new URL('dist/web/', PACKAGE);

function nearestPackage(folder: URL): URL {
  const above = new URL('../', folder);
  return existsSync(new URL('package.json', folder)) || above.href === folder.href
    ? folder
    : nearestPackage(above);
}
