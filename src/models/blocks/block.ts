import type { z } from 'zod';

/** A place in a config: keys and indices from the top. */
export type Path = readonly (string | number)[];

/** An item of a list of layers that has not been looked into yet, and where it stands. */
export interface RawItem {
  readonly value: unknown;
  readonly path: Path;
}

/** Something in a list of layers that stands for several layers. */
export interface Block<T = unknown> {
  readonly description: string;
  /** `item` is the schema of what may stand in a list of layers. */
  schema(item: z.ZodType): z.ZodType<T>;
  /** The items it stands for. Lists of layers inside it are passed on unread, with their places below `path`. */
  expand(params: T, path: Path): RawItem[];
}
