import { UsageError } from '../../base/errors.js';
import { formatInteger } from '../../base/text/format.js';
import { CSV } from './csv-sets.js';
import { csvLayout, type PixelCsv, readPixelCsv } from './pixel-csv.js';

/** A row of a table of pixels as an image: "test.csv:7". */
interface CsvImageName {
  readonly path: string;
  /** The image's place in the table, from 0 on. */
  readonly index: number;
}

/** @returns undefined for what has another form */
export function parseCsvImageName(text: string): CsvImageName | undefined {
  const found = /^(.+\.csv(?:\.gz)?):(\d+)$/i.exec(text);
  return found === null ? undefined : { path: found[1]!, index: Number(found[2]) };
}

/** Gives the images of tables of pixels, with labels or without; each table is read once. */
export class CsvImages {
  readonly #tables = new Map<string, Promise<PixelCsv | undefined>>();

  /** The names of all images of a table; undefined for what is none. */
  async namesIn(path: string): Promise<string[] | undefined> {
    const table = CSV.test(path) ? await this.#table(path) : undefined;
    return table && Array.from({ length: table.images.shape[0]! }, (_, i) => `${path}:${i}`);
  }

  /** @throws UsageError for an image that there is not; WorkError for a table that is damaged */
  async image({ path, index }: CsvImageName): Promise<{
    readonly pixels: Uint8Array;
    readonly shape: readonly [number, number, number];
  }> {
    const table = await this.#table(path);
    if (table === undefined)
      throw new UsageError(
        `${path} is no table of pixels; expected label,pixel0,pixel1, ... or the same without label.`,
      );
    const [count, height, width] = table.images.shape as [number, number, number];
    if (index >= count)
      throw new UsageError(
        `There is no image ${path}:${index}: ${path} has ${formatInteger(count)} images, ${path}:0 to ${count - 1}.`,
      );
    const size = height * width;
    return { pixels: table.images.data.slice(index * size, (index + 1) * size), shape: [height, width, 1] };
  }

  #table(path: string): Promise<PixelCsv | undefined> {
    const known = this.#tables.get(path);
    if (known) return known;
    const reading = csvLayout(path).then((layout) => layout && readPixelCsv(path, layout));
    this.#tables.set(path, reading);
    return reading;
  }
}
