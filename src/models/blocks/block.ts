import type * as z from 'zod';
import type { Path } from '../../base/yaml/path.js';

/** An item of a list of layers that has not been looked into yet, and where it stands. */
export interface RawItem {
  readonly value: unknown;
  readonly path: Path;
}

/** Branches that all read what comes before them, and the layer that joins their ends. */
export interface Split<T> {
  readonly branches: readonly (readonly Entry<T>[])[];
  readonly join: T;
}

/** Layers beside the road, ending in a classifier that counts in training with `weight`; the road goes on before them. */
export interface Aside<T> {
  readonly aside: readonly Entry<T>[];
  readonly weight: number;
}

/** What a list of layers is made of, once blocks have said what they stand for. */
export type Entry<T> = T | Split<T> | Aside<T>;

/** Something in a list of layers that stands for several layers. */
export interface Block<T = unknown> {
  readonly description: string;
  /** `item` is the schema of what may stand in a list of layers. */
  schema(item: z.ZodType): z.ZodType<T>;
  /** What it stands for. Lists of layers inside it are passed on unread, with their places below `path`. */
  expand(params: T, path: Path): Entry<RawItem>[];
  /** How often all of that stands there, one after the other; once where absent. */
  times?(params: T): number;
}

/** The items of a list of layers inside a block. */
export function itemsOf(layers: readonly unknown[], path: Path): RawItem[] {
  return layers.map((value, index) => ({ value, path: [...path, index] }));
}

/** The name of a layer that a block makes, where the block itself has a name. */
export function partName(block: string | undefined, part: string): { name?: string } {
  return block === undefined ? {} : { name: `${block}.${part}` };
}

export function isSplit<T extends object>(entry: Entry<T>): entry is Split<T> {
  return 'branches' in entry;
}

export function isAside<T extends object>(entry: Entry<T>): entry is Aside<T> {
  return 'aside' in entry;
}
