import { readFileSync } from 'node:fs';
import { codeOf, messageOf } from '../../base/errors.js';
import { whyUnreadable, withRegularSync } from '../../base/files/files.js';
import type { RunInfo } from '../run-info.js';

/** What a list of runs shows of a run.json. */
export type RunBrief = Pick<
  RunInfo,
  | 'batchSize'
  | 'cnnzoo'
  | 'created'
  | 'dataset'
  | 'engine'
  | 'epoch'
  | 'epochs'
  | 'history'
  | 'model'
  | 'owner'
  | 'params'
  | 'seconds'
  | 'seed'
  | 'status'
  | 'step'
  | 'tags'
  | 'stepsPerEpoch'
  | 'test'
  | 'title'
  | 'updated'
>;

/** How a field of a run.json must be, so that a list can show it. */
type Kind = 'string' | 'number' | 'object' | readonly string[];

/** Figures of an epoch that are shown; a loss that is no number any more is null. */
const FIGURES = ['loss', 'accuracy', 'validationLoss', 'validationAccuracy', 'imagesPerSecond'];
const STATUSES = [
  'running',
  'stopped',
  'interrupted',
  'completed',
  'diverged',
] satisfies RunBrief['status'][];

/** The fields without which there is nothing to show, by their paths. */
const NEEDED: Readonly<Record<string, Kind>> = {
  batchSize: 'number',
  'dataset.name': 'string',
  'dataset.testImages': 'number',
  'dataset.trainImages': 'number',
  'engine.device': 'string',
  'engine.deviceDescription': 'string',
  'engine.name': 'string',
  epoch: 'number',
  epochs: 'number',
  history: 'object',
  model: 'string',
  'owner.host': 'string',
  'owner.pid': 'number',
  seed: 'number',
  status: STATUSES,
  stepsPerEpoch: 'number',
};

/** What is shown instead of a field that is not there or not as it must be. */
const USUAL = { cnnzoo: '', created: '', params: 0, seconds: 0, step: 0, title: '', updated: '' } as const;

type Found = Readonly<Record<string, unknown>>;

/**
 * Reads a run.json for a list that looks at hundreds of them: only what is needed to show it is checked, where a command
 * that opens the run checks everything.
 * @returns why it cannot be read, in a few words, where it cannot
 */
export function readBrief(path: string): RunBrief | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(withRegularSync(path, (file) => readFileSync(file, 'utf8')));
  } catch (error) {
    const isRead = codeOf(error) === undefined;
    return {
      problem: isRead ? `run.json is no JSON (${messageOf(error)})` : `run.json: ${whyUnreadable(error)}`,
    };
  }
  if (!isObject(value)) return { problem: 'run.json is no JSON object' };
  const found = value;
  const missing = Object.entries(NEEDED).find(([place, kind]) => !isOf(kind, at(found, place)));
  if (missing !== undefined) return { problem: `run.json: ${missing[0]} is missing or not what it must be` };
  const { history, test } = found;
  if (!Array.isArray(history) || !history.every(isEpoch))
    return { problem: 'run.json: history is no list of epochs' };
  const usual = Object.entries(USUAL).filter(([key, text]) => typeof found[key] !== typeof text);
  const owner = { began: null, machine: null, boot: null, pids: null, ...(found.owner as object) };
  return {
    ...found,
    ...Object.fromEntries(usual),
    test: isObject(test) && typeof test.loss === 'number' && typeof test.accuracy === 'number' ? test : null,
    tags: Array.isArray(found.tags) ? found.tags.map(String) : [],
    owner,
  } as unknown as RunBrief;
}

function isObject(value: unknown): value is Found {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(found: Found, place: string): unknown {
  return place
    .split('.')
    .reduce<unknown>((inside, key) => (isObject(inside) ? inside[key] : undefined), found);
}

function isOf(kind: Kind, value: unknown): boolean {
  if (typeof kind !== 'string') return kind.includes(value as string);
  return typeof value === kind && value !== null;
}

function isEpoch(value: unknown): boolean {
  return isObject(value) && FIGURES.every((key) => value[key] == null || typeof value[key] === 'number');
}
