import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { isGzip } from '../../base/files/checksum.js';
import { formatInteger } from '../../base/text/format.js';
import { TarContent, type TarOptions } from './tar-content.js';

const CHUNK_BYTES = 1 << 20;

/**
 * Reads files out of a tar archive, gzipped or not, one after another into memory; nothing is written anywhere.
 * @throws WorkError for an archive that is damaged, or that no honest archive of data is: with links, or with paths
 * that lead out of it.
 */
export async function readTar(path: string, options: TarOptions): Promise<void> {
  const fail = (problem: string): never => {
    throw new WorkError(`${path} ${problem}; ${options.remedy}.`);
  };
  const content = new TarContent(options, fail);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    await feed(handle, content, options.mostBytes, fail);
    content.finish();
  } catch (error) {
    const code = codeOf(error);
    const after = `after ${formatInteger(content.bytes)} bytes`;
    if (code === 'Z_BUF_ERROR') fail(`is cut short: its gzip stream ends ${after}`);
    if (code?.startsWith('Z_')) fail(`is damaged: its gzip stream breaks (${messageOf(error)}) ${after}`);
    if (code !== undefined && !(error instanceof WorkError)) fail(`could not be read (${code})`);
    throw error;
  } finally {
    await handle?.close();
  }
}

async function feed(
  handle: FileHandle,
  content: TarContent,
  mostBytes: number,
  fail: (problem: string) => never,
): Promise<void> {
  const file = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  // When the last step of a pipeline throws, the error of an earlier step that this stops may win.
  let refusal: unknown;
  const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      try {
        content.push(chunk);
        if (content.bytes > mostBytes) fail(`unpacks to more than ${formatInteger(mostBytes)} bytes`);
      } catch (error) {
        refusal = error;
        throw error;
      }
    }
  };
  try {
    const gzipped = await isGzip(handle);
    await (gzipped ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), take) : pipeline(file, take));
  } catch (error) {
    throw refusal ?? error;
  }
}
