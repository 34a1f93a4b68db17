import type * as z from 'zod';
import { UsageError } from '../errors.js';
import { describeIssues } from './issues.js';
import type { At, Marked } from './marked.js';
import type { Path } from './path.js';
import type { JsonSchema } from './wanted.js';

/** What a YAML text says, with the means to say where in it something stands. */
export interface Source {
  /** `configs/lenet5.yaml`, or `standard input`. */
  readonly file: string;
  /** What the text says: plain objects, lists and scalars. */
  readonly content: unknown;
  /**
   * An error that begins with `file:line:column` of what stands at `path`: of its value, or of its key where that is wrong.
   * Where there is nothing at `path`, of the nearest thing around it.
   */
  error(path: Path, message: string, at?: At): UsageError;
}

/** The source of a text that is taken as it stands. */
export function sourceOf({ file, document, placeOf }: Marked): Source {
  return {
    file,
    content: document.toJS({ maxAliasCount: -1 }),
    error(path, message, at) {
      const place = placeOf(path, at);
      return new UsageError(`${place} ${message}`, { place });
    },
  };
}

/** What a checked value is called, and by what it is checked. */
export interface Checking<S extends z.ZodType> {
  readonly schema: S;
  /** The schema as JSON Schema, with what may be written short. */
  toJson(schema: z.ZodType): JsonSchema;
  /** What the whole text is called: "the config". */
  readonly whole: string;
  /** What the checked value is, such as `conv2d "c3"`; absent for the whole text. */
  readonly subject?: string;
}

/** Checks a value that stands at a path. @throws UsageError that names the first thing wrong and its place. */
export function checkValue<S extends z.ZodType>(
  source: Source,
  checking: Checking<S>,
  value: unknown,
  path: Path,
): z.output<S> {
  const { schema, toJson, whole, subject = '' } = checking;
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const names = { subject, whole };
  const { path: below, at, message } = describeIssues(result.error.issues, value, toJson(schema), names);
  throw source.error([...path, ...below], message, at);
}
