import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { contentSha256, fileSha256 } from '../../base/files/checksum.js';
import { makeFolders } from '../../base/files/folders.js';
import type { DownloadSource, PublishedFile } from '../formats/format.js';
import type { DatasetRequest } from '../sets/dataset.js';
import { isOffline, reasonOf, requestFrom } from './mirror.js';
import type { Surroundings } from './surroundings.js';

/** What was tried in vain: an address, or a folder that cannot be written. */
export interface Attempt {
  readonly where: string;
  readonly reason: string;
}

interface DownloadOptions extends Pick<DatasetRequest, 'notify' | 'signal'> {
  readonly surroundings: Pick<Surroundings, 'connectMs' | 'stallMs'>;
}

/** What a failed try tells about the next one. */
interface Try {
  readonly attempt: Attempt;
  /** No mirror can do better. */
  readonly final: boolean;
  readonly timedOut: boolean;
}

const PROGRESS_MS = 100;

/** The folder cannot be written, so that no mirror can help. */
class FolderFailure extends Error {
  override readonly name = 'FolderFailure';
}

/**
 * Fetches files of a data set into a folder, one after another, each from the first mirror that has it right. A
 * download that breaks off leaves `NAME.part`, which the next try goes on with; a file gets its name only once its
 * SHA-256 is right and it is on the disk. Stops at the first file that no mirror gives.
 * @returns what was tried for that file; nothing when every file is there.
 * @throws WorkError when the disk is full; the reason of `signal` when it is aborted.
 */
export async function download(
  source: DownloadSource,
  roles: readonly string[],
  folder: string,
  options: DownloadOptions,
): Promise<readonly Attempt[]> {
  // The mirror that gave the last file comes first.
  let mirrors = source.mirrors;
  for (const role of roles) {
    const attempts: Attempt[] = [];
    let timedOut = false;
    let giver: string | undefined;
    for (const mirror of mirrors) {
      const file = new Download(source, role, mirror, folder, options);
      const failure = await file.fetch(options.surroundings.connectMs[timedOut ? 1 : 0]);
      if (failure === undefined) {
        giver = mirror;
        break;
      }
      attempts.push(failure.attempt);
      timedOut ||= failure.timedOut;
      if (failure.final) break;
    }
    if (giver === undefined) return attempts;
    mirrors = [giver, ...mirrors.filter((mirror) => mirror !== giver)];
  }
  return [];
}

/** One file from one mirror. */
class Download {
  readonly #url: string;
  readonly #path: string;
  readonly #part: string;
  readonly #pin: PublishedFile;
  readonly #task: string;

  readonly #options: DownloadOptions;

  constructor(
    source: DownloadSource,
    role: string,
    mirror: string,
    folder: string,
    options: DownloadOptions,
  ) {
    this.#options = options;
    const name = source.format.publishedName(role);
    this.#url = `${mirror}${name}`;
    this.#path = join(folder, name);
    this.#part = `${this.#path}.part`;
    this.#pin = source.files[role]!;
    this.#task = `${source.name}: ${name}`;
  }

  /** @returns why it failed, or nothing. */
  async fetch(connectMs: number): Promise<Try | undefined> {
    try {
      const resumed = await this.#receive(connectMs);
      if (await this.#takeIfRight()) return undefined;
      // The beginning may have come from a mirror that compresses differently: once more, from the start.
      if (resumed) {
        await this.#receive(connectMs);
        if (await this.#takeIfRight()) return undefined;
      }
      return this.#failed('its checksum (SHA-256) is not that of the published file');
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      // Another program that fetched the same file was done first.
      if (codeOf(error) === 'ENOENT' && existsSync(this.#path)) return undefined;
      return this.#failure(error);
    }
  }

  #failure(error: unknown): Try {
    const code = codeOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new WorkError(
        `The disk is full: ${this.#part} could not be written; free some space and run it again.`,
      );
    if (error instanceof FolderFailure) {
      const attempt = { where: dirname(this.#path), reason: `cannot be written (${error.message})` };
      return { attempt, final: true, timedOut: false };
    }
    return { ...this.#failed(reasonOf(error)), final: isOffline(error), timedOut: code === 'TIMEOUT' };
  }

  #failed(reason: string): Try {
    return { attempt: { where: this.#url, reason }, final: false, timedOut: false };
  }

  /** Gives the part file its name if its checksum is right, and deletes it if not. */
  async #takeIfRight(): Promise<boolean> {
    const right = await this.#isRight();
    if (right) await rename(this.#part, this.#path);
    else await rm(this.#part, { force: true });
    return right;
  }

  async #isRight(): Promise<boolean> {
    if ((await fileSha256(this.#part)) === this.#pin.gzipSha256) return true;
    if (this.#pin.sha256 === undefined) return false;
    // A mirror may compress in its own way, or a server may have unpacked the file on the way.
    return (await contentSha256(this.#part).catch(() => undefined)) === this.#pin.sha256;
  }

  /** Receives into the part file, going on where it ends. @returns whether there was a beginning already. */
  async #receive(connectMs: number): Promise<boolean> {
    const { signal, surroundings } = this.#options;
    const from = await this.#present();
    const response = await requestFrom(this.#url, { from, connectMs, stallMs: surroundings.stallMs, signal });
    // The file on the disk is whole already, only its checksum was never looked at.
    if (response === 'nothing left') return true;
    const handle = await this.#openPart().catch(async (error) => {
      await response.cancel();
      throw error;
    });
    try {
      await this.#store(response.body, handle, response.from, response.total);
      await handle.sync();
      return response.from > 0;
    } finally {
      await handle.close();
    }
  }

  /**
   * The size of the part file; what is no file of its own under that name, such as a link, is removed, never followed: the
   * name has to be the same for the next try, so that it can be guessed.
   */
  async #present(): Promise<number> {
    const found = await lstat(this.#part).catch(() => undefined);
    if (found === undefined) return 0;
    if (found.isFile() && found.nlink === 1) return found.size;
    await rm(this.#part, { force: true }).catch(() => {});
    return 0;
  }

  /** Opens the part file, and makes its folder only now that a mirror has answered. */
  async #openPart(): Promise<FileHandle> {
    try {
      await makeFolders(dirname(this.#part));
      const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
      return await open(this.#part, flags, 0o644);
    } catch (error) {
      throw codeOf(error) === 'ENOSPC' ? error : new FolderFailure(codeOf(error) ?? messageOf(error));
    }
  }

  /** Writes at the place where the bytes belong, so that two programs that fetch the same file write the same. */
  async #store(
    body: AsyncIterable<Uint8Array>,
    handle: FileHandle,
    from: number,
    total: number | null,
  ): Promise<void> {
    let at = from;
    let reported = -Infinity;
    for await (const chunk of body) {
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      // Nothing published is larger than its content by more than gzip's own frame.
      if (at > this.#pin.bytes + 65_536) break;
      if (performance.now() - reported < PROGRESS_MS && at !== total) continue;
      reported = performance.now();
      this.#options.notify({ kind: 'progress', task: this.#task, done: at, total, unit: 'bytes' });
    }
    await handle.truncate(at);
  }
}
