/** Where a channel was excited, and how much. */
export interface Excitation {
  /** The number of the picture in its split. */
  readonly image: number;
  readonly place: readonly [row: number, column: number];
  readonly value: number;
}

/**
 * Gathers the pictures that excite each channel most, with the place of each where it is excited most: one place a picture,
 * as neighbours in one picture look nearly alike. Of equal values the first counts: the picture's number, then the row,
 * then the column.
 */
export class TopPlaces {
  readonly #lists: Excitation[][];
  readonly #channels: readonly number[];
  readonly #count: number;

  /** @param count how many are kept of each channel */
  constructor(channels: readonly number[], count: number) {
    this.#channels = channels;
    this.#count = count;
    this.#lists = channels.map(() => []);
  }

  /** The strongest first, a list a channel. */
  get lists(): readonly (readonly Excitation[])[] {
    return this.#lists;
  }

  /** @param map what the layer makes of the picture, [height, width, depth]; pictures come in the order of their numbers */
  add(image: number, map: Float32Array, width: number, depth: number): void {
    this.#channels.forEach((channel, i) => {
      const list = this.#lists[i]!;
      const place = strongest(map, channel, depth);
      const value = map[place * depth + channel]!;
      if (Number.isNaN(value)) return;
      if (list.length === this.#count && value <= list.at(-1)!.value) return;
      const at = list.findIndex((one) => one.value < value);
      const found = { image, place: [Math.floor(place / width), place % width] as const, value };
      list.splice(at < 0 ? list.length : at, 0, found);
      if (list.length > this.#count) list.pop();
    });
  }
}

/** The first place with the largest value of a channel. */
function strongest(map: Float32Array, channel: number, depth: number): number {
  let best = 0;
  for (let place = 1; place < map.length / depth; place++) {
    if (map[place * depth + channel]! > map[best * depth + channel]!) best = place;
  }
  return best;
}
