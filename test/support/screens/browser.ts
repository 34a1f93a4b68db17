import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../folders.js';
import { outcomeOf } from '../processes.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const CHROMIUM = PLACES.find((path) => existsSync(path));

/** Why no page can be opened on this machine, for the log; null where one can. */
export const browserMissing: string | null = CHROMIUM
  ? null
  : `skipped: there is no ${PLACES.join(', ')} (Debian: apt-get install chromium)`;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
};

/** Serves a folder over HTTP while `use` runs. @param use takes the address, without a slash at its end */
export async function servedOver<T>(root: string, use: (address: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const path = join(root, request.url!);
    if (!existsSync(path)) return response.writeHead(404).end();
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    return response.writeHead(200, { 'content-type': type }).end(readFileSync(path));
  });
  // On a busy machine a connection may wait longer for its next request than the usual five seconds.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).finally(() => server.close());
}

/**
 * Opens a page in a browser without a window.
 * @returns the page's HTML once nothing is left to load or to wait for
 */
export async function pageIn(address: string): Promise<string> {
  const child = spawn(CHROMIUM!, [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${temporaryFolder()}`,
    // Time goes on only while the page waits for nothing, so that a slow machine makes no difference.
    '--virtual-time-budget=20000',
    '--dump-dom',
    address,
  ]);
  const { code, stdout, stderr } = await outcomeOf(child);
  assert.is(code, 0, stderr);
  return stdout;
}
