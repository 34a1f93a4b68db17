import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WorkError } from '../../base/errors.js';
import { listed } from '../../base/text/words.js';
import type { LabelledImages, LabelledParts } from './idx-dataset.js';
import { type CsvLayout, csvLayout, readPixelCsv } from './pixel-csv.js';

/** A table of pixels in a folder. */
interface CsvFile {
  readonly path: string;
  readonly layout: CsvLayout;
}

/** Tables of pixels that belong together: `mnist_train.csv` and `mnist_test.csv`, or `train.csv` alone. */
export interface CsvSet {
  /** "" for `train.csv`, "fashion-mnist" for `fashion-mnist_train.csv`. */
  readonly prefix: string;
  readonly folder: string;
  readonly train?: CsvFile;
  readonly test?: CsvFile;
}

const NAME = /^(?:(.+)[-_])?(train|test)\.csv(\.gz)?$/i;
export const CSV = /\.csv(\.gz)?$/i;

/** The tables of pixels that lie in a folder, sorted by their prefixes; other CSV files do not count. */
export async function csvSetsIn(folder: string): Promise<CsvSet[]> {
  const sets = new Map<string, CsvSet>();
  for (const name of (await readdir(folder)).sort()) {
    const found = NAME.exec(name);
    if (found === null) continue;
    const path = join(folder, name);
    const layout = await csvLayout(path);
    if (layout === undefined) continue;
    const prefix = (found[1] ?? '').toLowerCase();
    const part = found[2]!.toLowerCase();
    sets.set(prefix, { prefix, folder, [part]: { path, layout }, ...sets.get(prefix) });
  }
  return [...sets.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

/**
 * The tables that a file belongs to: with its neighbour `..._test.csv` or `..._train.csv`, or by itself.
 * @returns undefined for a file that is no table of pixels
 */
export async function csvSetOf(path: string): Promise<CsvSet | undefined> {
  const folder = dirname(path);
  const found = NAME.exec(basename(path));
  if (found !== null) {
    const prefix = (found[1] ?? '').toLowerCase();
    const set = (await csvSetsIn(folder)).find((one) => one.prefix === prefix);
    if (set?.train?.path === path || set?.test?.path === path) return set;
  }
  const layout = await csvLayout(path);
  return layout && { prefix: basename(path), folder, train: { path, layout } };
}

/**
 * Reads tables of pixels. One without labels cannot be evaluated on; where the other has some, it is left alone and told of.
 * @throws WorkError for a file that is damaged, and where there are no labels at all
 */
export async function readCsvParts({ train, test }: CsvSet, notices: string[]): Promise<LabelledParts> {
  const [learned, tested] = [await readLabelled(train), await readLabelled(test)];
  const without = [train, test].filter((file) => file !== undefined && file.layout.labelAt === undefined);
  if (learned === undefined && tested === undefined)
    throw new WorkError(
      `${listed(without.map((file) => file!.path))} has no labels, so that nothing can be learned from it or ` +
        `evaluated on it; "cnnzoo predict RUN ${without[0]!.path}" says what each image is taken for.`,
    );
  for (const file of without)
    notices.push(`${file!.path} has no labels and is left alone; predict takes it.`);
  return { ...(learned && { train: learned }), ...(tested && { test: tested }) };
}

async function readLabelled(file: CsvFile | undefined): Promise<LabelledImages | undefined> {
  if (file?.layout.labelAt === undefined) return undefined;
  const { images, labels } = await readPixelCsv(file.path, file.layout);
  return { images, labels: labels! };
}
