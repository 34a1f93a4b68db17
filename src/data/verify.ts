import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { messageOf, WorkError } from '../base/errors.js';
import { contentSha256, fileSha256 } from '../base/files/checksum.js';
import { formatInteger } from '../base/text/format.js';
import { listed } from '../base/text/words.js';
import { readFolder } from './folder.js';
import type { DownloadSource, PublishedFile } from './formats/format.js';
import { UnreadForm } from './formats/unread-form.js';
import { REMEDY, unknownDataset } from './load.js';
import type { Dataset, DatasetRequest } from './sets/dataset.js';
import { locateFiles, type Searched } from './sources/locate.js';
import { GENERATORS } from './sources/sources.js';
import { type Surroundings, thisMachine } from './sources/surroundings.js';

/** What was found out about a file of a data set, or about a folder of the user's own as a whole. */
export interface FileVerdict {
  readonly dataset: string;
  /** A path; for a missing file its published name, for a generator "built-in generator". */
  readonly file: string;
  readonly bytes: number | null;
  /** Of the file's content, uncompressed where the published one is known. */
  readonly sha256: string | null;
  /** `other`: sound, but not the published content. `sound`: nothing is published that it could be held against. */
  readonly state: 'published' | 'sound' | 'other' | 'damaged' | 'missing';
  /** What goes on from the file's name: "is damaged: ...". */
  readonly detail: string;
}

/** Whether all is as it should be. */
export function isGood({ state }: FileVerdict): boolean {
  return state === 'published' || state === 'sound';
}

/**
 * Reads a data set's files through and holds them against the published checksums; a folder of the user's own, against
 * what can be read.
 * @throws UsageError for a name that is not known
 */
export async function verifyDataset(
  name: string,
  options: Pick<DatasetRequest, 'dataDir' | 'notify' | 'signal'>,
  surroundings: Surroundings = thisMachine(),
): Promise<FileVerdict[]> {
  if (GENERATORS.some((generator) => generator.name === name)) {
    const detail = 'draws the same images everywhere';
    const file = 'built-in generator';
    return [{ dataset: name, file, bytes: null, sha256: null, state: 'sound', detail }];
  }
  const source = surroundings.sources.find((source) => source.name === name);
  if (source === undefined) {
    if (!/[/\\]/.test(name) && !existsSync(name)) throw unknownDataset(name, surroundings);
    return [await verifyFolder(name, options)];
  }
  const { found, searched } = await locateFiles(source, options.dataDir, surroundings);
  // What lies elsewhere says nothing about the folder that was named.
  const meant = ({ label }: Searched) => options.dataDir === undefined || label === 'dataDir';
  const folder =
    found && meant(found)
      ? found
      : searched.find((place) => meant(place) && Object.keys(place.files).length > 0);
  if (folder) return verifyFiles(source, folder);
  const where = options.dataDir === undefined ? 'on this machine' : `in ${options.dataDir}`;
  return source.format.roles.map((role) => missing(source, role, where));
}

async function verifyFiles(source: DownloadSource, folder: Searched): Promise<FileVerdict[]> {
  const verdicts: FileVerdict[] = [];
  const seen = new Set<string>();
  for (const role of source.format.roles) {
    const path = folder.files[role];
    // One file may hold all parts.
    if (path !== undefined && seen.has(path)) continue;
    if (path !== undefined) seen.add(path);
    verdicts.push(
      path === undefined
        ? missing(source, role, `in ${folder.folder}`)
        : await verifyFile(source, role, path),
    );
  }
  if (!folder.complete || verdicts.every(isGood)) return verdicts;
  // Content that nobody published may still be a data set.
  return readThrough(source, folder, verdicts);
}

async function verifyFile(source: DownloadSource, role: string, path: string): Promise<FileVerdict> {
  const file = await stat(path);
  const { size } = file;
  if (file.isDirectory())
    return verdict(source, path, { bytes: null, sha256: null, state: 'other', detail: 'is unpacked' });
  const pin: PublishedFile = source.files[role]!;
  const whole = await fileSha256(path);
  const about = { bytes: size, sha256: whole };
  if (whole === pin.gzipSha256)
    return verdict(source, path, { ...about, state: 'published', detail: 'is as it was published' });
  try {
    const sha256 = pin.sha256 === undefined ? whole : await contentSha256(path);
    const same = sha256 === pin.sha256;
    const detail = `holds ${same ? 'the published content' : 'other content than the published'}`;
    return verdict(source, path, { bytes: size, sha256, state: same ? 'published' : 'other', detail });
  } catch (error) {
    return verdict(source, path, {
      ...about,
      state: 'damaged',
      detail: `is damaged: its gzip stream breaks (${messageOf(error)}); ${REMEDY}.`,
    });
  }
}

/** Whether what is not as published can be read, and whether it is the published content after all (unpacked files). */
async function readThrough(
  source: DownloadSource,
  { folder, files }: Searched,
  verdicts: readonly FileVerdict[],
): Promise<FileVerdict[]> {
  try {
    const { others } = await source.format.read(source, files, { origin: folder, remedy: REMEDY });
    return verdicts.map((one) => {
      if (isGood(one)) return one;
      if (others.length === 0) return { ...one, state: 'published', detail: samePublished(one) };
      return { ...one, detail: `can be read, but is not the published content (${others.join(', ')})` };
    });
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    // The reader stops at the first damage and begins with its place.
    const worst =
      verdicts.find(({ file }) => error.message.startsWith(file)) ?? verdicts.find((v) => !isGood(v));
    return verdicts.map((one) =>
      one === worst ? { ...one, state: stateOf(error), detail: withoutPlace(error.message, one.file) } : one,
    );
  }
}

/** What is sound, but not read here, is not damaged. */
const stateOf = (error: WorkError): FileVerdict['state'] =>
  error instanceof UnreadForm ? 'other' : 'damaged';

/** An unpacked archive is a folder, and no file of a size. */
const samePublished = ({ bytes }: FileVerdict): string =>
  bytes === null
    ? 'is unpacked, each file as it was published'
    : 'holds the published content in another form';

const withoutPlace = (message: string, file: string): string =>
  message.startsWith(file) ? message.slice(file.length).trim() : message;

async function verifyFolder(
  name: string,
  options: Pick<DatasetRequest, 'notify' | 'signal'>,
): Promise<FileVerdict> {
  const damages: string[] = [];
  const folder = resolve(name);
  const about = { dataset: basename(folder), file: folder, bytes: null };
  try {
    const dataset = await readFolder({
      ...options,
      name,
      explicit: true,
      anyForm: true,
      shape: [32, 32, 3],
      classes: 1,
      notify: (notice) => {
        if (notice.kind !== 'progress' && notice.damage !== undefined) damages.push(notice.damage);
        options.notify(notice);
      },
    });
    // The sentences themselves were told in full.
    const detail = [contentOf(dataset), ...damages].join('; ');
    const sha256 = dataset.identity.replace(/^sha256:/, '');
    return { ...about, sha256, state: damages.length > 0 ? 'damaged' : 'sound', detail };
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    return { ...about, sha256: null, state: stateOf(error), detail: withoutPlace(error.message, folder) };
  }
}

/** "holds 80 training, 10 validation and 10 test images in 2 classes" */
function contentOf({ train, validation, test, classes }: Dataset): string {
  const parts = [
    ...(train.count > 0 ? [`${formatInteger(train.count)} training`] : []),
    ...(validation ? [`${formatInteger(validation.count)} validation`] : []),
    `${formatInteger(test.count)} test`,
  ];
  return `holds ${listed(parts, parts.length)} images in ${classes.length} classes`;
}

function missing(source: DownloadSource, role: string, where: string): FileVerdict {
  const name = source.format.publishedName(role);
  const detail = `is not ${where}`;
  return verdict(source, name, { bytes: null, sha256: null, state: 'missing', detail });
}

function verdict(
  { name }: DownloadSource,
  file: string,
  rest: Omit<FileVerdict, 'dataset' | 'file'>,
): FileVerdict {
  return { dataset: name, file, ...rest };
}
