import type { DownloadSource } from './formats/format.js';
import { unknownDataset } from './load.js';
import type { DatasetRequest } from './sets/dataset.js';
import { copyPublished } from './sources/copy-files.js';
import { fetchMissing, targetOf } from './sources/fetch-missing.js';
import { locateFiles, type Searched } from './sources/locate.js';
import { fail } from './sources/missing.js';
import { GENERATORS } from './sources/sources.js';
import { type Surroundings, thisMachine } from './sources/surroundings.js';

/** Where a data set lies now, and what was fetched for that. */
export interface Fetched {
  readonly name: string;
  /** `copied` from another place on this machine. */
  readonly state: 'fetched' | 'copied' | 'was there' | 'built in';
  /** null for a built-in generator. */
  readonly folder: string | null;
  /** Names of the files that were fetched or copied. */
  readonly files: readonly string[];
}

/**
 * Brings a known data set onto this machine, unless it lies in one of the places already: into $CNNZOO_DATA where that
 * is set, else into the cache. Into `dataDir`, where that is named, it is brought in any case: copied from the place
 * where it lies, or else fetched.
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
  if (found && (options.dataDir === undefined || found.label === 'dataDir'))
    return { name, state: 'was there', folder: found.folder, files: [] };
  const copied = found && (await copy(source, found, searched, options));
  if (copied) return copied;
  const { target, files, attempts } = await fetchMissing(source, searched, options, surroundings);
  if (attempts.length === 0) return { name, state: 'fetched', folder: target.folder, files };
  const request = { ...options, name, explicit: true, shape: source.shape, classes: source.classes.length };
  return fail(source, request, { searched, attempts }, target, surroundings);
}

/** Copies a data set that lies elsewhere on this machine. @returns nothing where not all of it is as it was published. */
async function copy(
  source: DownloadSource,
  found: Searched,
  searched: readonly Searched[],
  options: Pick<DatasetRequest, 'dataDir' | 'notify'>,
): Promise<Fetched | undefined> {
  const { folder } = targetOf(source, searched, options.dataDir);
  const files = await copyPublished(source, found.files, folder);
  if (files.length < source.format.roles.length) return undefined;
  options.notify({ kind: 'notice', message: `Copied ${source.name} from ${found.folder}.` });
  return { name: source.name, state: 'copied', folder, files };
}
