import { existsSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, UsageError } from '../base/errors.js';
import { isDefaultsFile } from '../base/files/defaults-file.js';
import { shortest } from '../base/files/folders.js';
import { didYouMean } from '../base/text/nearest.js';
import { cut } from '../base/text/visible.js';
import { readYamlFile } from '../base/yaml/read-file.js';
import { readSpec } from './config/read-spec.js';
import { type Override, parseSource } from './config/source.js';
import type { ModelSpec } from './config/spec.js';
import { CONFIGS, isFile, modelNameOf, modelNames } from './zoo-names.js';

export { isFile, modelNames };

/**
 * The spec of a MODEL argument: a zoo name, a path to a YAML file, or `-` for YAML on standard input.
 * @throws UsageError for an unknown name (with the nearest), a file that cannot be read, an invalid config.
 */
export function loadModel(model: string, overrides: readonly Override[] = []): ModelSpec {
  if (!isFile(model)) return loadZooModel(model, overrides);
  const file = model === '-' ? 'standard input' : model;
  return readSpec(modelNameOf(model), parseSource(file, readModelText(model), overrides));
}

function loadZooModel(name: string, overrides: readonly Override[]): ModelSpec {
  const names = modelNames();
  if (!names.includes(name)) {
    throw new UsageError(
      `There is no model "${cut(name)}" in the zoo. ${didYouMean(name, names)} A file of your own needs a "/" or the ending .yaml.`,
    );
  }
  const path = `${CONFIGS}${name}.yaml`;
  return readSpec(name, parseSource(shortest(path), readFileSync(path, 'utf8'), overrides));
}

/** The text of a MODEL argument that is a file, or `-`. @throws UsageError where it cannot be read */
export function readModelText(model: string): string {
  if (model === '-') return readStandardInput();
  if (isDefaultsFile(model))
    throw new UsageError(
      `${model} is the name of a folder's defaults, not of a model: give the model's file another name.`,
    );
  return readYamlFile(model, {
    what: 'config',
    insteadOf(folder) {
      const config = join(folder, 'config.yaml');
      const way = existsSync(config) ? `the YAML file in it, ${config}` : 'a YAML file in it';
      return `${way}, or a model of the zoo`;
    },
  });
}

function readStandardInput(): string {
  const chunks: Buffer[] = [];
  for (;;) {
    try {
      const chunk = Buffer.alloc(65536);
      const count = readSync(0, chunk);
      if (count === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(chunk.subarray(0, count));
    } catch (error) {
      const code = codeOf(error);
      // Windows ends a pipe so.
      if (code === 'EOF') return Buffer.concat(chunks).toString('utf8');
      if (code !== 'EAGAIN') {
        throw new UsageError(
          `No model could be read from standard input (${code}): pipe a YAML file into it.`,
        );
      }
      // A pipe that does not block has nothing for us yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
