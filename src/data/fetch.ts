import type { DatasetRequest } from './dataset.js';
import { fetchMissing } from './fetch-missing.js';
import { unknownDataset } from './load.js';
import { locateFiles } from './locate.js';
import { fail } from './missing.js';
import { GENERATORS } from './sources.js';
import { type Surroundings, thisMachine } from './surroundings.js';

/** Where a data set lies now, and what was fetched for that. */
export interface Fetched {
  readonly name: string;
  readonly state: 'fetched' | 'was there' | 'built in';
  /** null for a built-in generator. */
  readonly folder: string | null;
  /** Names of the files that were fetched. */
  readonly files: readonly string[];
}

/**
 * Brings a known data set onto this machine: into `dataDir` where that is named, whatever lies elsewhere, else into the
 * cache, unless it lies in one of the other places already.
 * @throws UsageError for a name that is not known; WorkError where it cannot be had
 */
export async function fetchDataset(
  name: string,
  options: Pick<DatasetRequest, 'dataDir' | 'notify' | 'signal'>,
  surroundings: Surroundings = thisMachine(),
): Promise<Fetched> {
  if (GENERATORS.some((generator) => generator.name === name))
    return { name, state: 'built in', folder: null, files: [] };
  const source = surroundings.sources.find((source) => source.name === name);
  if (source === undefined) throw unknownDataset(name, surroundings);
  const { found, searched } = await locateFiles(source, options.dataDir, surroundings);
  if (found && (options.dataDir === undefined || found.label === '--data-dir'))
    return { name, state: 'was there', folder: found.folder, files: [] };
  const { target, files, attempts } = await fetchMissing(source, searched, options, surroundings);
  if (attempts.length === 0) return { name, state: 'fetched', folder: target.folder, files };
  const request = { ...options, name, explicit: true, shape: source.shape, classes: source.classes.length };
  return fail(source, request, { searched, attempts }, target, surroundings);
}
