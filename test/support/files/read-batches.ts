/** Reads a folder of pictures through a cache and prints the SHA-256 of its batches: `read-batches.ts FOLDER CACHE BYTES`. */
import { createHash } from 'node:crypto';
import { batches, epochOrder } from '../../../src/data/batches/batches.js';
import { loadDataset } from '../../../src/data/index.js';

const [folder, cacheFolder, bytes] = process.argv.slice(2);
const shape = [32, 32, 3] as const;
const { train } = await loadDataset({
  ...{ name: folder!, explicit: true, shape, classes: 2, memoryBytes: 0 },
  ...{ cacheFolder: cacheFolder!, cacheBytes: Number(bytes) },
  notify(notice) {
    if (notice.kind === 'warning') console.error(notice.message);
  },
});
const hash = createHash('sha256');
for (const epoch of [1, 2]) {
  const order = epochOrder(train.count, 1, epoch);
  for await (const { pixels } of batches(train, { batchSize: 16, shape, order })) hash.update(pixels);
}
console.log(hash.digest('hex'));
