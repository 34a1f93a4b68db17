import { WorkError } from '../errors.js';
import type { DatasetRequest } from './dataset.js';
import { type Attempt, download } from './download.js';
import type { Searched } from './locate.js';
import type { DownloadSource } from './sources.js';
import type { Surroundings } from './surroundings.js';

/** What came of fetching: nothing was tried in vain where it worked. */
export interface FetchResult {
  readonly target: Searched;
  /** Names of the files that were fetched, if it worked. */
  readonly files: readonly string[];
  readonly attempts: readonly Attempt[];
}

/**
 * Fetches those of a data set's files that its folder lacks: the user's `--data-dir`, else the cache.
 * @throws WorkError where that folder holds another data set under the same file names, or the disk is full
 */
export async function fetchMissing(
  source: DownloadSource,
  searched: readonly Searched[],
  request: Pick<DatasetRequest, 'dataDir' | 'notify' | 'signal'>,
  surroundings: Surroundings,
): Promise<FetchResult> {
  const wanted = request.dataDir === undefined ? 'cache' : '--data-dir';
  const target = searched.find(({ label }) => label === wanted)!;
  if (target.owner !== undefined)
    throw new WorkError(
      `${target.folder} holds ${target.owner} where ${source.name} was expected; move its files to a folder named ` +
        `${target.owner}, and the next run fetches ${source.name}.`,
    );
  const { roles, publishedName } = source.format;
  const missing = roles.filter((role) => target.files[role] === undefined);
  const attempts = await download(source, missing, target.folder, { ...request, surroundings });
  return { target, files: missing.map(publishedName), attempts };
}
