import type { PictureStyle } from '../../terminal/terminal-picture.js';
import type { Theme } from '../../terminal/theme.js';
import type { Column } from '../column.js';

/** How a picture is drawn in a terminal of so many columns. */
export interface DrawingStyle extends PictureStyle {
  readonly columns: number;
  readonly theme: Theme;
}

/** Graphviz's DOT, and Mermaid. */
export type TextEnding = 'dot' | 'mmd';

/** Something to look at, in every form it has. */
export interface Picture {
  svg(): Promise<string>;
  /** Pixels of a PNG for each of the SVG's. */
  readonly pngScale: number;
  /** For standard output; ends in a line break. */
  terminal(style: DrawingStyle): string;
  /** The same as text for other programs, by the ending of such a file. */
  readonly texts?: Readonly<Partial<Record<TextEnding, () => string>>>;
  /** What it shows, in figures. */
  readonly json: object;
  readonly table: PictureTable;
  /** What could not be shown with the rest, a sentence each. */
  readonly problems?: readonly string[];
}

/** The same figures as rows, for CSV and markdown; the type of a row is forgotten. */
export interface PictureTable {
  readonly rows: readonly never[];
  readonly columns: readonly Column<never>[];
}

export function pictureTable<R>(rows: readonly R[], columns: readonly Column<R>[]): PictureTable {
  return { rows: rows as never, columns: columns as never };
}
