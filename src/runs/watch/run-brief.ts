import { readFileSync } from 'node:fs';
import { codeOf, messageOf } from '../../base/errors.js';
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

/** The fields of a run.json without which there is nothing to show, and what they are. */
const NEEDED = {
  batchSize: 'number',
  dataset: 'object',
  engine: 'object',
  epoch: 'number',
  epochs: 'number',
  history: 'object',
  model: 'string',
  owner: 'object',
  seed: 'number',
  status: 'string',
  stepsPerEpoch: 'number',
} as const satisfies Partial<Record<keyof RunBrief, string>>;

/**
 * Reads a run.json for a list that looks at hundreds of them: only what is needed to show it is checked, where a command
 * that opens the run checks everything.
 * @returns why it cannot be read, in a few words, where it cannot
 */
export function readBrief(path: string): RunBrief | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { problem: codeOf(error) ?? `run.json is no JSON (${messageOf(error)})` };
  }
  if (typeof value !== 'object' || value === null) return { problem: 'run.json is no JSON object' };
  const found = value as Record<string, unknown>;
  const missing = Object.entries(NEEDED).find(
    ([key, type]) => typeof found[key] !== type || found[key] === null,
  );
  if (missing !== undefined) return { problem: `run.json: ${missing[0]} is missing or not what it must be` };
  if (!Array.isArray(found.history)) return { problem: 'run.json: history is no list' };
  const owner = { began: null, host: '', machine: null, boot: null, pids: null, ...(found.owner as object) };
  return {
    test: null,
    seconds: 0,
    step: 0,
    title: '',
    params: 0,
    updated: '',
    tags: [],
    ...found,
    owner,
  } as unknown as RunBrief;
}
