import { WorkError } from '../../base/errors.js';
import type { DownloadSource } from '../formats/format.js';
import type { DatasetRequest } from '../sets/dataset.js';
import { type Attempt, download } from './download.js';
import type { Searched } from './locate.js';
import type { Surroundings } from './surroundings.js';

/** What came of fetching: nothing was tried in vain where it worked. */
interface FetchResult {
  readonly target: Searched;
  /** Names of the files that were fetched, if it worked. */
  readonly files: readonly string[];
  readonly attempts: readonly Attempt[];
}

/**
 * Fetches those of a data set's files that its folder lacks: the user's `dataDir`, else $CNNZOO_DATA where that is
 * set and can be written, else the cache.
 * @throws WorkError where that folder holds another data set under the same file names, or the disk is full
 */
export async function fetchMissing(
  source: DownloadSource,
  searched: readonly Searched[],
  request: Pick<DatasetRequest, 'dataDir' | 'notify' | 'signal'>,
  surroundings: Surroundings,
): Promise<FetchResult> {
  const target = targetOf(source, searched, request.dataDir);
  const result = await fetchInto(target, source, request, surroundings);
  const isUnwritable = result.attempts.at(-1)?.where === target.folder;
  const cache = placeOf(source, searched, 'cache');
  if (!isUnwritable || target.label !== '$CNNZOO_DATA' || cache === undefined) return result;
  const message = `${target.folder} ($CNNZOO_DATA) cannot be written; ${source.name} goes into the cache.`;
  request.notify({ kind: 'notice', message });
  return fetchInto(cache, source, request, surroundings);
}

async function fetchInto(
  target: Searched,
  source: DownloadSource,
  request: Pick<DatasetRequest, 'notify' | 'signal'>,
  surroundings: Surroundings,
): Promise<FetchResult> {
  const { roles, publishedName } = source.format;
  const missing = roles.filter((role) => target.files[role] === undefined);
  const attempts = await download(source, missing, target.folder, { ...request, surroundings });
  return { target, files: missing.map(publishedName), attempts };
}

/**
 * Where a data set is brought to.
 * @throws WorkError where that folder holds another data set under the same file names
 */
export function targetOf(
  source: DownloadSource,
  searched: readonly Searched[],
  dataDir: string | undefined,
): Searched {
  if (dataDir !== undefined) return placeOf(source, searched, 'dataDir')!;
  return placeOf(source, searched, '$CNNZOO_DATA') ?? placeOf(source, searched, 'cache')!;
}

function placeOf(
  source: DownloadSource,
  searched: readonly Searched[],
  label: Searched['label'],
): Searched | undefined {
  const place = searched.find((one) => one.label === label);
  if (place?.owner === undefined) return place;
  const { folder, owner } = place;
  throw new WorkError(
    `${folder} holds ${owner} where ${source.name} was expected; move its files to a folder named ` +
      `${owner}, and the next run fetches ${source.name}.`,
  );
}
