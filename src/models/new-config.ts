import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.js';
import { isDefaultsFile } from '../base/files/defaults-file.js';
import { writeWholeText } from '../base/files/files.js';
import { isThere } from '../base/files/folders.js';
import { isFile, loadModel, readModelText } from './zoo.js';
import { CONFIGS } from './zoo-names.js';

/** What a first network of one's own begins with. */
const STARTER = `title: My network
input: [28, 28, 1]      # height, width and channels of an image
classes: 10
dataset: mnist          # or fashion-mnist, cifar10, or a folder with a folder of pictures a class
standIn: digits         # drawn by the program where the data set is not on this machine

# A layer a line, its name and its settings; each reads the one before it.
layers:
  - conv2d: { filters: 16, kernelSize: 3, activation: relu }
  - maxPool2d: 2
  - conv2d: { filters: 32, kernelSize: 3, activation: relu }
  - maxPool2d: 2
  - flatten
  - dropout: 0.25
  - dense: { units: classes, activation: softmax }

training:
  epochs: 5
  batchSize: 64
  optimizer: { name: adam, learningRate: 0.001 }
  schedule: cosine      # the learning rate falls to 0; leave it out for a constant one
  # validationSplit: 0.1
  # augmentation: { shift: 2 }
`;

const SCHEMA_LINE = /^# yaml-language-server: .*\n/;

/**
 * The text of a config to begin with, which checks as it is and tells editors what may stand in it.
 * @param from a model whose text it takes, with its comments; a small network of its own where absent
 * @throws UsageError as loadModel
 */
function newConfig(from?: string): string {
  const text = from === undefined ? STARTER : textOf(from);
  return `# yaml-language-server: $schema=${join(CONFIGS, 'schema.json')}\n${text.replace(SCHEMA_LINE, '')}`;
}

function textOf(model: string): string {
  loadModel(model);
  return isFile(model) ? readModelText(model) : readFileSync(join(CONFIGS, `${model}.yaml`), 'utf8');
}

/** A config that was written. */
export interface NewConfig {
  readonly file: string;
  /** The model whose text it has; null for the small network. */
  readonly from: string | null;
}

/**
 * Writes such a config into a file that is not there yet.
 * @throws UsageError for a name that no YAML file has, and where there is something of that name; WorkError where it cannot be written
 */
export async function writeNewConfig(file: string, from?: string): Promise<NewConfig> {
  if (!/\.ya?ml$/.test(file)) {
    throw new UsageError(`${file}: a config is a YAML file; name it ${file.replace(/\.\w*$/, '')}.yaml.`);
  }
  if (isDefaultsFile(file))
    throw new UsageError(`${file}: a folder's defaults have this name; give the new config another one.`);
  const text = newConfig(from);
  if (isThere(file)) {
    throw new UsageError(`${file} is there already and stays as it is: give the new config another name.`);
  }
  await writeWholeText(file, { what: 'the config' }, text);
  return { file, from: from ?? null };
}
