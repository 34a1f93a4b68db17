/**
 * Where the program's files lie. This file alone asks for its own place: the sources in src/ and what is built in dist/
 * both lie one folder below package.json.
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json and configs/. */
export const PACKAGE = new URL('../', import.meta.url);

/** One of the program's entry points by its name in src/, e.g. `engines/worker`; as .ts when the sources run as they are. */
export function entryPoint(name: string): URL {
  return new URL(`./${name}${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
}

/** ONNX Runtime as it travels in the built program; the sources have it in node_modules. */
export const ONNX_RUNTIME = new URL('./onnxruntime-node/', import.meta.url);
