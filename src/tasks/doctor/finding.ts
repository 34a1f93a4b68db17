export type Health = 'ok' | 'absent' | 'broken';

/** One thing that was looked at. `absent` is no fault: something optional that is not there. */
export interface Finding {
  readonly name: string;
  readonly state: Health;
  /** What works, or why it does not. */
  readonly detail: string;
  /** What would mend it. */
  readonly fix: string | null;
}
