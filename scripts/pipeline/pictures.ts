/** Folders of pictures of any number and size, made by a seed: for measurements of what reads them. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { inParallel } from '../../src/base/machine/parallel.js';
import { randomStream } from '../../src/base/random.js';

const CLASSES = 10;
/** Pictures are blurred from so many random colours a side, so that they compress as photographs do. */
const COLOURS = 12;
const TEST_SHARE = 0.02;

export interface Pictures {
  readonly count: number;
  /** Of the files, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Writes `folder`/{train,test}/CLASS/N.jpg, unless they are there. One picture in fifty is for testing. */
export async function makePictures(folder: string, { count, width, height }: Pictures): Promise<void> {
  const done = join(folder, '.whole');
  if (existsSync(done)) return;
  const tests = Math.round(count * TEST_SHARE);
  const pathOf = (i: number): string =>
    join(folder, i < tests ? 'test' : 'train', `class-${i % CLASSES}`, `${i}.jpg`);
  for (let i = 0; i < Math.min(count, tests + CLASSES); i++)
    await mkdir(dirname(pathOf(i)), { recursive: true });
  await inParallel(count, 8, async (i) => writeFile(pathOf(i), await picture(i, width, height)));
  await writeFile(done, '');
}

/** A picture of class i % CLASSES: random colours, one channel of them as light as the class says. */
function picture(i: number, width: number, height: number): Promise<Buffer> {
  const random = randomStream(1, 'picture', i);
  const light = (i % CLASSES) / CLASSES;
  const pixels = Uint8Array.from({ length: COLOURS * COLOURS * 3 }, (_, at) =>
    at % 3 === 0 ? 255 * (0.6 * light + 0.4 * random.uniform()) : 255 * random.uniform(),
  );
  return sharp(pixels, { raw: { width: COLOURS, height: COLOURS, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .jpeg({ quality: 85 })
    .toBuffer();
}
