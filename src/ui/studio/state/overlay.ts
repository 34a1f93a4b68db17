import type { Effect } from './effect.js';

/** A text that is typed, and the place in it where the next character goes, in code points. */
export interface TextField {
  readonly text: string;
  readonly at: number;
}

/** A field of a form. */
export interface FormField {
  /** As the command's options have it: `batchSize`. */
  readonly key: string;
  readonly label: string;
  readonly help: string;
  /** What holds where nothing is typed. */
  readonly usual: string;
  /** Whose value that is: `config`, or what another field has. */
  readonly usualOf: string;
  /** Of a field whose usual value depends on another: that field's key, and the usual value for each of its values. */
  readonly follows: { readonly key: string; readonly usual: Readonly<Record<string, string>> } | null;
  readonly input: TextField;
  /** Whether it was written in: until then the first character takes the place of what it holds. */
  readonly isEdited: boolean;
  /** Of a data set, what is drawn in its place where it cannot be had. */
  readonly standIn: string | null;
  /** What left and right go through; empty for a text. */
  readonly choices: readonly string[];
}

export interface FormOverlay {
  readonly kind: 'form';
  readonly title: string;
  /** Words that the command line begins with. */
  readonly words: readonly string[];
  readonly fields: readonly FormField[];
  readonly at: number;
  /** What is wrong with the field of this key. */
  readonly problem: { readonly key: string; readonly text: string } | null;
}

export interface PromptOverlay {
  readonly kind: 'prompt';
  /** A filter is at work while it is typed. */
  readonly purpose: 'filter' | 'command' | 'picture';
  readonly input: TextField;
  /** What the word that is typed may become, and which of them tab has put there. */
  readonly candidates: readonly string[];
  readonly chosen: number | null;
  /** What was there before, for escape. */
  readonly before: string;
  /** Lines that were typed before, for the arrows; the latest last. */
  readonly history: readonly string[];
  readonly recalled: number | null;
  /** What is said of the text: what is wrong with it, or that it is looked at; null where nothing is. */
  readonly remark: { readonly text: string; readonly tone: 'quiet' | 'bad' } | null;
}

export interface OutputOverlay {
  readonly kind: 'output';
  readonly line: string;
  /** Painted by the command itself. */
  readonly lines: readonly string[];
  readonly top: number;
  /** Whether it shows the end of what comes. */
  readonly follows: boolean;
  readonly left: number;
  /** null while it works. */
  readonly code: number | null;
}

/** What lies over the panes. */
export type Overlay =
  | FormOverlay
  | PromptOverlay
  | OutputOverlay
  | { readonly kind: 'help'; readonly top: number }
  | {
      readonly kind: 'question';
      readonly text: string;
      /** The command line that is run after a yes. */
      readonly line: string;
      readonly effects: readonly Effect[];
    };

export function textField(text: string): TextField {
  return { text, at: [...text].length };
}
