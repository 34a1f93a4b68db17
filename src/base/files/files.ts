import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../errors.js';

/** How to speak of a file that cannot be written. */
export interface Writing {
  /** What it is: "the checkpoint". */
  readonly what: string;
  /** What is not lost and what to do next, in sentences; a function where that is to be looked up once it has failed. */
  readonly rescue?: string | (() => string);
}

/** Temporary files carry this ending; one that is left was being written when its process was killed. */
const TEMPORARY = '.tmp';
/** Of a long name so many characters: systems allow 255 bytes. */
const LONGEST_BASE = 50;

/** A name beside `path` that nobody can guess: `.run.json.0a1b2c3d4e5f.tmp`. To be opened with O_EXCL, which follows no link. */
export function temporaryName(path: string): string {
  return join(dirname(path), `${temporaryHead(basename(path))}${randomBytes(6).toString('hex')}${TEMPORARY}`);
}

/** Whether `entry` of a folder is a temporary file of one of these files in it. */
export function isTemporaryOf(entry: string, names: readonly string[]): boolean {
  return entry.endsWith(TEMPORARY) && names.some((name) => entry.startsWith(temporaryHead(name)));
}

function temporaryHead(name: string): string {
  return `.${name.slice(0, LONGEST_BASE)}.`;
}

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, flushed to the disk, then renamed.
 * Whoever opens `path` finds the old content or the new one, even after a power cut. A link of that name is replaced, not followed.
 * @param check looks at the new file under its temporary name; where it throws, the old one stays
 * @throws WorkError where the system refuses (disk full, read-only, no permission); then the old file is untouched.
 */
export async function writeWhole(
  path: string,
  writing: Writing,
  write: (handle: FileHandle) => Promise<void>,
  check: (temporary: string) => Promise<void> = async () => {},
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeNew(temporary, write);
    try {
      await check(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw asWriteError(path, writing, error);
  }
}

/**
 * Writes a file that is not there yet, be it as a link, and brings it to the disk; where that fails nothing is left.
 * @throws the system's error
 */
export async function writeNew(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await write(handle);
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

/** @throws WorkError as writeWhole. */
export async function writeWholeText(path: string, writing: Writing, text: string): Promise<void> {
  await writeWhole(path, writing, (handle) => handle.writeFile(text));
}

/** Some systems write at most 2 GiB in one call. */
const LARGEST_WRITE = 1 << 28;

/** Writes all of `bytes` at the handle's position, however little the system takes at a time. */
export async function writeBytes(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, from, Math.min(bytes.length - from, LARGEST_WRITE));
    from += bytesWritten;
  }
}

/**
 * Opens a file to read it; a pipe or device, which would keep its reader waiting or never end, is refused.
 * @throws the system's error, of which whyUnreadable tells
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, WITHOUT_WAITING);
  try {
    requireRegular(await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Opens a file to read it, as openRegular does, and gives it to `read` before it is closed.
 * @throws the system's error, of which whyUnreadable tells
 */
export function withRegularSync<T>(path: string, read: (file: number, status: Stats) => T): T {
  const file = openSync(path, WITHOUT_WAITING);
  try {
    const status = fstatSync(file);
    requireRegular(status);
    return read(file, status);
  } finally {
    closeSync(file);
  }
}

/** Opening a pipe would wait for who writes to it. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

function requireRegular(status: Stats): void {
  if (status.isFile()) return;
  const code = status.isDirectory() ? 'EISDIR' : NOT_REGULAR;
  throw Object.assign(new Error('no regular file'), { code });
}

/** No code of the system. */
const NOT_REGULAR = 'NOT_REGULAR';
const PIPE_OR_DEVICE = 'it is a pipe, device or socket, where a regular file was expected';

/** Why a file cannot be opened, in words for the user. */
export function whyUnreadable(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EISDIR: 'that is a folder',
    EACCES: 'it may not be read',
    ELOOP: 'its links lead in a circle',
    ENXIO: PIPE_OR_DEVICE,
    [NOT_REGULAR]: PIPE_OR_DEVICE,
    ERR_FS_FILE_TOO_LARGE: 'it has more than 2 GiB',
  };
  return reasons[codeOf(error) ?? ''] ?? messageOf(error);
}

/**
 * Makes a folder that a result goes into, unless it is there; the folder around it is there.
 * @throws WorkError where it cannot be made
 */
export function makeOutFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw asWriteError(path, { what: 'the folder' }, error);
  }
}

/** The error of a file that could not be written, in words for the user; errors of our own come back as they are. */
export function asWriteError(path: string, { what, rescue }: Writing, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof WorkError) return error;
  const why = code === 'ENOENT' ? `there is no folder ${dirname(path)}` : (REASONS[code] ?? messageOf(error));
  const sentence = `${what[0]!.toUpperCase()}${what.slice(1)} could not be written to ${path}: ${why}.`;
  if (rescue === undefined) return new WorkError(sentence);
  return new WorkError(`${sentence} ${typeof rescue === 'string' ? rescue : rescue()}`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: "the user's share of the disk is used up",
  EACCES: 'its folder may not be written to',
  EPERM: 'its folder may not be written to',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'its folder is a file',
  EIO: 'the disk reports an error',
  EFBIG: 'it would be larger than files may be here (ulimit -f)',
  EMFILE: 'this process may open no more files (ulimit -n)',
  ENFILE: 'the system has too many files open',
  ENOMEM: 'memory has run out',
};

/** Makes a rename survive a power cut. Windows cannot open folders, and needs it less. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems know no fsync of a folder.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
