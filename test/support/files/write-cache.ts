/**
 * Begins to write the cache of decoded pictures in a folder, says so and then, as its second argument has it: waits to be
 * killed, exits, or leaves as the second Ctrl-C does. In a process of its own.
 */
import { writeSync } from 'node:fs';
import { inTurn } from '../../../src/data/cache/cache-files.js';
import { PictureCache } from '../../../src/data/cache/picture-cache.js';
import { leaveAtOnce } from '../../../src/ui/lines/leave.js';

const [root, way] = process.argv.slice(2);
const cache = await PictureCache.open({
  root: root!,
  form: 'form',
  imageBytes: 100,
  bound: 1e9,
  packBytes: 1000,
  warn: (message) => void writeSync(2, message),
});
await cache.add('AAAAAAAAAAAAAAAAAAAAAA==', new Uint8Array(100));
const isAdded = async () => {
  const out = new Uint8Array(100);
  while (!(await cache.read('AAAAAAAAAAAAAAAAAAAAAA==', out))) await new Promise(setImmediate);
};
await isAdded();
await inTurn(root!, async () => {
  writeSync(1, 'begun\n');
  if (way === 'exit') process.exit();
  if (way === 'leave') leaveAtOnce();
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
