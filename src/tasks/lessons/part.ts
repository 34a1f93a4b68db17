import type * as z from 'zod';
import type { UsageError } from '../../base/errors.js';
import type { Path } from '../../base/yaml/path.js';
import { checkValue, type Source } from '../../base/yaml/source.js';
import { toJsonSchema } from './schema.js';

/** A part of a lesson: where it stands, and what sentences call it. */
export class Part {
  readonly source: Source;
  readonly #path: Path;
  readonly #subject: string | undefined;

  /** @param subject "step 2"; absent for the whole lesson */
  constructor(source: Source, path: Path = [], subject?: string) {
    this.source = source;
    this.#path = path;
    this.#subject = subject;
  }

  /** A part of this part. */
  below(path: Path, subject: string): Part {
    const inside = this.#subject === undefined ? subject : `${this.#subject}, ${subject}`;
    return new Part(this.source, [...this.#path, ...path], inside);
  }

  /** @throws UsageError that names the first thing wrong and its place. */
  check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
    const checking = { schema, toJson: toJsonSchema, whole: 'the lesson', subject: this.#subject };
    return checkValue(this.source, checking, value, this.#path);
  }

  /** An error that begins with the place of what stands below this part, or of the part itself. */
  error(message: string, below: Path = [], at: 'key' | 'value' = 'value'): UsageError {
    const before = this.#subject === undefined ? '' : `${this.#subject}: `;
    return this.source.error([...this.#path, ...below], before + message, at);
  }
}
