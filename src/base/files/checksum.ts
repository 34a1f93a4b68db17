import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** The SHA-256 of a file's bytes, in hexadecimal. */
export function fileSha256(path: string): Promise<string> {
  return sha256(path, async () => false);
}

/** The SHA-256 of what a file holds once it is uncompressed; of its bytes where they are no gzip stream. */
export function contentSha256(path: string): Promise<string> {
  return sha256(path, isGzip);
}

async function sha256(path: string, unzip: (handle: FileHandle) => Promise<boolean>): Promise<string> {
  const hash = createHash('sha256');
  const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) hash.update(chunk);
  };
  const handle = await open(path);
  try {
    const gzipped = await unzip(handle);
    const file = handle.createReadStream({ start: 0, autoClose: false });
    await (gzipped ? pipeline(file, createGunzip(), take) : pipeline(file, take));
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** Whether a file begins as gzip streams do (RFC 1952), whatever its name says. */
export async function isGzip(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}
