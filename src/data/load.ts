import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { setting } from '../base/text/settings.js';
import { readFolder, requireFolder } from './folder.js';
import { type DownloadSource, type FilePaths, itsFilesByName } from './formats/format.js';
import { withImageNames } from './image-names.js';
import type { Dataset, DatasetRequest } from './sets/dataset.js';
import { checkFit } from './sets/fit.js';
import { fetchMissing } from './sources/fetch-missing.js';
import { locateFiles, type Searched } from './sources/locate.js';
import { fail, standIn } from './sources/missing.js';
import { GENERATORS } from './sources/sources.js';
import { type Surroundings, thisMachine } from './sources/surroundings.js';

/** What to do with a damaged file of a known data set. */
export const REMEDY = 'delete it, and the next run fetches it again';

/** What is known of a data set without loading it. */
export interface KnownDataset {
  readonly name: string;
  readonly kind: 'download' | 'generator';
  /** [H, W, C] */
  readonly shape: readonly [number, number, number];
  /** Whether its images come in the height and width that a model wants; those of `shape` are an example then. */
  readonly anySize: boolean;
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly test: number };
  /** Whether its images show bright things on black. */
  readonly lightOnDark: boolean;
}

/** The data sets that have a name here. */
export function knownDatasets(surroundings: Surroundings = thisMachine()): KnownDataset[] {
  const row = (kind: KnownDataset['kind'], source: Omit<KnownDataset, 'kind'>): KnownDataset => {
    const { name, shape, anySize, classes, images, lightOnDark } = source;
    return { name, kind, shape, anySize, classes, images, lightOnDark };
  };
  return [
    ...surroundings.sources.map((source) =>
      row('download', { lightOnDark: false, ...source, anySize: false }),
    ),
    ...GENERATORS.map((generator) => row('generator', { lightOnDark: false, ...generator })),
  ];
}

/** Where a known data set was looked for and found. */
export interface Location {
  /** A folder, "built-in generator", or undefined where it would have to be fetched. */
  readonly found: string | undefined;
  /** Every folder that was looked into, in order, up to the one where it was found. */
  readonly searched: readonly Searched[];
  /** What its files are called together, with their names: "its archive cifar-10-binary.tar.gz". */
  readonly files: string;
}

/** @throws UsageError for a name that is not known. */
export async function locate(
  name: string,
  dataDir?: string,
  surroundings: Surroundings = thisMachine(),
): Promise<Location> {
  const source = surroundings.sources.find((source) => source.name === name);
  if (source === undefined) {
    if (GENERATORS.some((generator) => generator.name === name))
      return { found: 'built-in generator', searched: [], files: '' };
    throw unknownDataset(name, surroundings);
  }
  const { found, searched } = await locateFiles(source, dataDir, surroundings);
  return { found: found?.folder, searched, files: itsFilesByName(source.format) };
}

/**
 * Loads the data set that was asked for: a known one, from this machine or from the net, or a folder of the user's.
 * @throws UsageError for an unknown name, or data that does not fit the model.
 * @throws WorkError where data is damaged or cannot be had; the reason of the request's signal when it is aborted.
 */
export async function loadDataset(
  request: DatasetRequest,
  surroundings: Surroundings = thisMachine(),
): Promise<Dataset> {
  const dataset = await find(request, surroundings);
  checkFit(dataset, request);
  const isKnown = knownDatasets(surroundings).some(({ name }) => name === request.name);
  return withImageNames(dataset, isKnown ? dataset.name : resolve(request.name));
}

async function find(request: DatasetRequest, surroundings: Surroundings): Promise<Dataset> {
  const { name } = request;
  const generator = GENERATORS.find((generator) => generator.name === name);
  if (generator) return generator.make(request);
  const source = surroundings.sources.find((source) => source.name === name);
  if (source) return loadSource(source, request, surroundings);
  if (mayBeFolder(name)) return readFolder(request);
  throw unknownDataset(name, surroundings);
}

const mayBeFolder = (name: string): boolean => /[/\\]/.test(name) || existsSync(name);

/**
 * Refuses the name of a data set that stands for nothing, before anything long is done for it.
 * @param name as it was asked for; where that is undefined, nothing was
 * @throws UsageError for an unknown name, or a folder that is not there
 */
export async function requireDataset(
  name: string | undefined,
  surroundings: Surroundings = thisMachine(),
): Promise<void> {
  if (name === undefined || knownDatasets(surroundings).some((known) => known.name === name)) return;
  if (!mayBeFolder(name)) throw unknownDataset(name, surroundings);
  await requireFolder(name);
}

export function unknownDataset(name: string, surroundings: Surroundings): UsageError {
  const names = knownDatasets(surroundings).map((known) => known.name);
  const near = nearest(name, names);
  const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
  return new UsageError(
    `There is no data set "${name}".${meant} Expected ${names.join(', ')}, or a folder such as ./${name}.`,
  );
}

async function loadSource(
  source: DownloadSource,
  request: DatasetRequest,
  surroundings: Surroundings,
): Promise<Dataset> {
  const located = await locateFiles(source, request.dataDir, surroundings);
  if (located.found) {
    const { label, folder, files } = located.found;
    if (request.dataDir !== undefined && label !== 'dataDir')
      request.notify({
        kind: 'warning',
        message: `${source.name} is not in ${setting('dataDir', request.dataDir)}; using ${folder}.`,
      });
    return readSource(source, folder, files, request);
  }
  // Before megabytes are fetched for nothing.
  checkFit(source, request);
  const fetched = await fetchMissing(source, located.searched, request, surroundings);
  if (fetched.attempts.length > 0) {
    const tried = { searched: located.searched, attempts: fetched.attempts };
    return (
      standIn(source, request, fetched.target, fetched.attempts) ??
      fail(source, request, tried, fetched.target, surroundings)
    );
  }
  const { folder } = fetched.target;
  request.notify({ kind: 'notice', message: `Fetched ${source.name} into ${folder}.` });
  return readSource(source, folder, await source.format.find(folder), request);
}

async function readSource(
  source: DownloadSource,
  folder: string,
  files: FilePaths,
  { notify }: DatasetRequest,
): Promise<Dataset> {
  const about = { origin: folder, remedy: REMEDY };
  const { dataset, others, notices = [] } = await source.format.read(source, files, about);
  for (const message of notices) notify({ kind: 'notice', message });
  if (others.length > 0)
    notify({
      kind: 'warning',
      message: `${folder} holds other data than the published ${source.name} (${others.join(', ')}); it is used as it is.`,
    });
  return dataset;
}
