import { randomBytes } from 'node:crypto';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { contentSha256, fileSha256 } from '../../base/files/checksum.js';
import { makeFolders } from '../../base/files/folders.js';
import type { DownloadSource, FilePaths } from '../formats/format.js';

/**
 * Copies those files of a data set into a folder that are as they were published; others are left where they are.
 * A copy gets its name only when it is whole and on the disk.
 * @returns the names of the copies
 * @throws WorkError where the folder cannot be written
 */
export async function copyPublished(
  source: DownloadSource,
  files: FilePaths,
  folder: string,
): Promise<string[]> {
  const copied: string[] = [];
  for (const role of source.format.roles) {
    const path = files[role];
    const name = path === undefined ? undefined : await publishedAs(source, role, path);
    if (name === undefined) continue;
    try {
      await copyWhole(path!, join(folder, name), folder);
    } catch (error) {
      throw new WorkError(`${path} could not be copied to ${folder} (${codeOf(error) ?? messageOf(error)}).`);
    }
    copied.push(name);
  }
  return copied;
}

/** The name that a file with the published content goes by, gzipped or not; nothing for other content. */
async function publishedAs(source: DownloadSource, role: string, path: string): Promise<string | undefined> {
  const pin = source.files[role]!;
  const name = source.format.publishedName(role);
  // What is a folder, or damaged, is fetched anew.
  const whole = await fileSha256(path).catch(() => undefined);
  if (whole === undefined || whole === pin.gzipSha256) return whole && name;
  if (whole === pin.sha256) return basename(name, '.gz');
  const content = pin.sha256 && (await contentSha256(path).catch(() => undefined));
  return content !== undefined && content === pin.sha256 ? name : undefined;
}

async function copyWhole(from: string, to: string, folder: string): Promise<void> {
  await makeFolders(folder);
  const part = `${to}.${randomBytes(6).toString('hex')}.part`;
  try {
    await copyFile(from, part);
    const handle = await open(part, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
  }
}
