import type { ComponentType } from 'react';
import type { Column } from '../../../report/column.js';
import type { PictureStyle } from '../../../terminal/terminal-picture.js';
import type { Span, Theme, Tone } from '../../../terminal/theme.js';
import type { Effect, Need } from './effect.js';
import type { PaneName, StudioState } from './studio-state.js';

/** What an action comes to. */
export interface Step {
  readonly state: StudioState;
  readonly effects: readonly Effect[];
}

export function step(state: StudioState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

/** An action: its keys, its words for the footer and the help, the command line it stands for, and what it does. */
export interface Binding {
  /** Names as in src/ui/screen/key-names.ts; the first is the one that is shown. */
  readonly keys: readonly string[];
  /** Instead of the first key, where several belong together. */
  readonly shown?: string;
  /** For the footer: `train`. */
  readonly label: string;
  /** For `?`, a sentence without its full stop. */
  readonly help: string;
  /** Not in the footer, which has room for what one would not guess. */
  readonly isQuiet?: boolean | ((state: StudioState) => boolean);
  /** Whether it can be taken now; always where absent. */
  isOpen?(state: StudioState): boolean;
  /** The command line that it stands for, as things are. */
  line?(state: StudioState): string | null;
  act(state: StudioState, key: string): Step;
}

/** Keys and what they do as things are, for the footer. */
export interface KeyHint {
  /** `esc`; of several, with spaces between. */
  readonly key: string;
  readonly label: string;
}

/** Where an arrow or a key like it leads. */
export type Direction = 'up' | 'down' | 'left' | 'right' | 'pageup' | 'pagedown' | 'home' | 'end';

/** Room for a part of the screen, in columns and rows. */
export interface Area {
  readonly width: number;
  readonly height: number;
}

/** Below this many columns a list and what stands beside it take turns. */
export const SIDE_BY_SIDE = 76;

export interface PartProps {
  readonly state: StudioState;
  readonly area: Area;
  readonly theme: Theme;
  readonly pictures: PictureStyle;
}

/** The rows on the left of a pane. */
export interface ListSource<R> {
  rows(state: StudioState): readonly R[];
  id(row: R): string;
  columns(state: StudioState): readonly Column<R>[];
  /** Other names of columns, for filters: `acc` of `accuracy`. */
  readonly aliases: Readonly<Record<string, string>>;
  tone?(row: R, column: Column<R>): Tone;
  /** Whether a row can be marked; all can where absent. */
  canMark?(row: R): boolean;
  /** What is said where there are no rows: what to do, in lines. */
  empty(state: StudioState): readonly string[];
  /** A character in front of a row that belongs to it wherever it is shown, such as its mark in a chart. */
  mark?(state: StudioState, row: R): Span | null;
}

/** One of the five panes: its rows, what stands beside them, and its actions. Everything else follows from this. */
export interface Pane<R = never> {
  readonly name: PaneName;
  readonly title: string;
  /** For `?`. */
  readonly describe: string;
  /** null of a pane that is one picture. */
  readonly list: ListSource<R> | null;
  /** Share of the width that the list gets. */
  readonly share: number;
  readonly keys: readonly Binding[];
  /** What stands beside the list; loaded once the first picture is there. */
  loadDetail(): Promise<ComponentType<PartProps>>;
  /** Moves within what stands beside the list; null for a way that leads nowhere there. */
  move(state: StudioState, direction: Direction): StudioState | null;
  /** One step back within what stands beside the list; null where there is none. */
  back?(state: StudioState): StudioState | null;
  /** Keys that do something else as things are than they do otherwise; the footer has them first. */
  hints?(state: StudioState): readonly KeyHint[];
  /** The keys that move there and what they move through, for the footer; absent of a pane that is one picture. */
  readonly inside?: readonly (readonly [keys: string, what: string])[];
  /** What it needs to know while it is in sight. */
  needs(state: StudioState): readonly Need[];
}

/** A pane as the studio keeps it among others: the type of its rows is forgotten. */
export type AnyPane = Pane;

export function definePane<R>(pane: Pane<R>): AnyPane {
  return pane as unknown as AnyPane;
}
