import { codeOf, messageOf } from '../../base/errors.js';
import type { DownloadSource, FilePaths, Format } from '../formats/format.js';
import { type Place, placesOf, type Surroundings } from './surroundings.js';

/** A folder that was looked into, and what is there. */
export interface Searched extends Place {
  /** For people: "complete", "no such folder", "3 of 4 files, without train-labels-idx1-ubyte.gz". */
  readonly state: string;
  readonly files: FilePaths;
  readonly complete: boolean;
  /** The data set that the files belong to, if it is another one. */
  readonly owner?: string;
}

interface Located {
  /** The first folder that holds the whole data set. */
  readonly found: Searched | undefined;
  /** Every folder up to it, in the order of the search. */
  readonly searched: readonly Searched[];
}

/** Looks for a data set's files where they may lie on this machine. */
export async function locateFiles(
  source: DownloadSource,
  dataDir: string | undefined,
  surroundings: Surroundings,
): Promise<Located> {
  const searched: Searched[] = [];
  for (const place of placesOf(source.name, dataDir, surroundings)) {
    const result = await look(source, place, surroundings.sources);
    searched.push(result);
    if (result.complete) return { found: result, searched };
  }
  return { found: undefined, searched };
}

async function look(
  source: DownloadSource,
  place: Place,
  sources: readonly DownloadSource[],
): Promise<Searched> {
  const { roles, publishedName, find, otherOwner } = source.format;
  let files: FilePaths;
  try {
    files = await find(place.folder);
  } catch (error) {
    return { ...place, state: unreadable(error), files: {}, complete: false };
  }
  const missing = roles.filter((role) => files[role] === undefined);
  if (missing.length === roles.length)
    return {
      ...place,
      state: (await source.format.lookalike?.(place.folder)) ?? noneOf(source.format),
      files,
      complete: false,
    };
  const owner = await otherOwner?.(source, files, sources);
  if (owner !== undefined) return { ...place, state: `the files of ${owner}`, files, complete: false, owner };
  if (missing.length === 0) return { ...place, state: 'complete', files, complete: true };
  const names = missing.map(publishedName).join(', ');
  const state = `${roles.length - missing.length} of ${roles.length} files, without ${names}`;
  return { ...place, state, files, complete: false };
}

const noneOf = ({ roles }: Format): string =>
  roles.length === 1 ? 'without its archive' : 'none of its files';

const STATES: Readonly<Record<string, string>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'not a folder',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
};

function unreadable(error: unknown): string {
  const code = codeOf(error);
  return (code === undefined ? undefined : STATES[code]) ?? messageOf(error);
}
