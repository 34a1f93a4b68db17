import type { UsageError } from '../../base/errors.js';
import type { Bound } from './bound.js';
import type { Expression } from './expression.js';
import type { Text } from './language.js';

/** A lesson, read and checked. */
export interface Lesson {
  readonly name: string;
  readonly title: Text;
  /** What it follows. */
  readonly source: Text | null;
  /** As a whole, on two cores. */
  readonly minutes: number;
  /** Its place among others, before those that have none. */
  readonly order: number;
  /** Data sets that it needs. */
  readonly data: readonly string[];
  readonly files: readonly LessonFile[];
  readonly steps: readonly Step[];
}

/** A file that its commands need. */
export interface LessonFile {
  /** Alone, as the commands name it. */
  readonly name: string;
  /** Where it lies, beside the lesson. */
  readonly path: string;
}

export interface Step {
  /** By which figures of later steps look into its result. */
  readonly name: string | null;
  readonly say: Text | null;
  /** How its command is to end. */
  readonly exitCode: number;
  /** Whether what it prints is shown. */
  readonly isShown: boolean;
  readonly whole: Form;
  /** Null where it is left out in a quick lesson. */
  readonly quick: Form | null;
}

/** What a step runs, and the figures that are to come out. */
export interface Form {
  readonly run: Line | null;
  readonly figures: readonly Figure[];
}

/** A command line, without `cnnzoo`. */
export interface Line {
  /** As the lesson has it, on one line. */
  readonly text: string;
  readonly words: readonly string[];
  /** What is wrong with it, with its place in the lesson. */
  error(message: string): UsageError;
}

/** A figure of the document. */
export interface Figure {
  readonly name: Text;
  /** Where the document has it. */
  readonly source: Text | null;
  readonly from: Expression;
  readonly bound: Bound;
  /** Whether that is the document's figure, and not what a quick lesson is content with. */
  readonly isOfDocument: boolean;
  /** What is wrong with where it is looked for, with its place in the lesson. */
  error(message: string): UsageError;
}
