import { WorkError } from '../../base/errors.js';
import { randomStream } from '../../base/random.js';
import { formatInteger } from '../../base/text/format.js';
import { plural } from '../../base/text/words.js';
import type { DatasetRequest, PartName } from '../sets/dataset.js';
import type { PictureClass, PictureFolders } from './picture-folders.js';

/** A picture to learn from, or to be tested on. */
export interface Picture {
  /** Below the data folder. */
  readonly path: string;
  /** The number of its class. */
  readonly label: number;
}

/** The pictures of each part in the order in which they are numbered. */
export type OrderedParts = Readonly<Record<PartName, readonly Picture[]>>;

/** Without a test part, this share of each class is kept aside for testing. */
const TEST_SHARE = 0.2;
/** Which pictures are for testing, and in which order pictures come, is the same whatever the seed of a run. */
const SEED = 1;

/**
 * Puts pictures in order: at random within a class, and classes in turn. Where there is no test part, a share of the
 * training pictures becomes one.
 * @param isUsable by the path below the folder
 * @throws WorkError where there are too few pictures for a test part
 */
export function orderPictures(
  folder: string,
  { parts, classes }: PictureFolders,
  isUsable: (path: string) => boolean,
  notify: DatasetRequest['notify'],
): OrderedParts {
  const shuffledPart = (part: PartName): PictureClass[] =>
    (parts[part]?.classes ?? []).map(({ name, pictures }) =>
      shuffled({ name, pictures: pictures.filter(isUsable) }),
    );
  const [train, validation, test] = [shuffledPart('train'), shuffledPart('validation'), shuffledPart('test')];
  const order = (some: readonly PictureClass[]): Picture[] => interleaved(some, classes);
  if (parts.test !== undefined || parts.train === undefined)
    return { train: order(train), validation: order(validation), test: order(test) };
  const cut = cutTest(folder, train, notify);
  return { train: order(cut.train), validation: order(validation), test: order(cut.test) };
}

function cutTest(
  folder: string,
  classes: readonly PictureClass[],
  notify: DatasetRequest['notify'],
): { readonly train: PictureClass[]; readonly test: PictureClass[] } {
  const cut = classes.map(({ name, pictures }) => {
    const kept = Math.min(pictures.length - 1, Math.max(1, Math.round(TEST_SHARE * pictures.length)));
    return { name, test: pictures.slice(0, kept), train: pictures.slice(kept) };
  });
  const count = cut.reduce((sum, one) => sum + one.test.length, 0);
  if (count === 0)
    throw new WorkError(
      `${folder} has one picture a class and no test part; put pictures to test with into ${folder}/test/CLASS.`,
    );
  const message =
    `${folder} has no test part: ${100 * TEST_SHARE} % of each class, ${formatInteger(count)} ` +
    `${plural(count, 'picture')} in all, are kept aside for testing, the same ones every time.`;
  notify({ kind: 'notice', message });
  return {
    train: cut.map((one) => ({ name: one.name, pictures: one.train })),
    test: cut.map((one) => ({ name: one.name, pictures: one.test })),
  };
}

/** In an order at random that pictures which are added later do not change. */
function shuffled({ name, pictures }: PictureClass): PictureClass {
  const drawn = pictures.map((path) => {
    const place = randomStream(SEED, 'picture', path.normalize('NFC')).uint32();
    return { path, place };
  });
  drawn.sort((a, b) => a.place - b.place || (a.path < b.path ? -1 : 1));
  return { name, pictures: drawn.map(({ path }) => path) };
}

/** Classes take turns, each as often as its share of the pictures, so that `limit` keeps the shares. */
function interleaved(part: readonly PictureClass[], classes: readonly string[]): Picture[] {
  const placed = part.flatMap(({ name, pictures }) => {
    const label = classes.indexOf(name);
    return pictures.map((path, i) => ({ path, label, place: (i + 0.5) / pictures.length }));
  });
  return placed
    .sort((a, b) => a.place - b.place || a.label - b.label)
    .map(({ path, label }) => ({ path, label }));
}
