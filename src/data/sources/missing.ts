import { WorkError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import { type DownloadSource, itsFiles } from '../formats/format.js';
import type { Dataset, DatasetRequest } from '../sets/dataset.js';
import type { Attempt } from './download.js';
import type { Searched } from './locate.js';
import { GENERATORS } from './sources.js';
import { labelText, type Surroundings } from './surroundings.js';

/**
 * The generator that stands in for a data set which cannot be had, if the model's config declares one and the user
 * did not name the data set. Says so in a notice.
 */
export function standIn(
  source: DownloadSource,
  request: DatasetRequest,
  target: Searched,
  attempts: readonly Attempt[],
): Dataset | undefined {
  const generator = GENERATORS.find(({ name }) => name === request.standIn);
  if (request.explicit || generator === undefined) return undefined;
  const { where, reason } = attempts[0]!;
  request.notify({
    kind: 'warning',
    message:
      `${source.name} is not on this machine and could not be fetched (${where}: ${reason}). Using the built-in ` +
      `generator ${generator.name} instead, so the results are about ${generator.name}. For ${source.name} itself, ` +
      `put ${itsFiles(source.format)} into ${target.folder} or name the folder with ${setting('dataDir')}.`,
  });
  return generator.make(request);
}

/** @throws WorkError, always: what was tried, and the ways out. */
export function fail(
  source: DownloadSource,
  request: DatasetRequest,
  tried: { readonly searched: readonly Searched[]; readonly attempts: readonly Attempt[] },
  target: Searched,
  surroundings: Surroundings,
): never {
  const folders = tried.searched.map(
    ({ label, folder, state }) => `  ${folder} (${labelText(label)}): ${state}`,
  );
  const addresses = tried.attempts.map(({ where, reason }) => `  ${where}: ${reason}`);
  // A sentence a line: what stands in one of them never makes another line.
  throw new WorkError([
    `The data set ${source.name} is not on this machine and could not be fetched.`,
    'Looked in:',
    ...folders,
    'Tried:',
    ...addresses,
    'Ways out:',
    ...waysOut(source, request, target, surroundings).map((way) => `  ${way}`),
  ]);
}

function waysOut(
  { format }: DownloadSource,
  request: DatasetRequest,
  target: Searched,
  { env }: Surroundings,
): string[] {
  const files = format.roles.map(format.publishedName).join(', ');
  const ways = [
    `put ${files} into ${target.folder}`,
    `name the folder that holds ${format.roles.length === 1 ? 'it' : 'them'} with ${setting('dataDir', 'DIR')} or $CNNZOO_DATA`,
  ];
  const generator = GENERATORS.find((generator) => generator.fits(request));
  if (generator) ways.push(`use the built-in generator: ${setting('dataset', generator.name)}`);
  if (env.HTTPS_PROXY ?? env.https_proxy)
    ways.push('Node.js passes your proxy by unless NODE_USE_ENV_PROXY=1 is set (Node.js 22.21 or later)');
  return ways;
}
