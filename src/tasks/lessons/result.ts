/**
 * What the JSON of a command says. The lines of a training, one an event, become `{ start, epochs, end }`, of which `start` and
 * `end` are null where there was none.
 */
export function readResult(text: string): unknown {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return undefined;
  const events = lines.map(eventIn);
  if (events.includes(null)) return JSON.parse(text);
  const of = (kind: string) => events.filter((event) => event!.event === kind);
  return { start: of('start')[0] ?? null, epochs: of('epoch'), end: of('end').at(-1) ?? null };
}

interface EventLine {
  readonly event: string;
}

/** The event of a line; null where it is none, but a part of a larger text. */
function eventIn(line: string): EventLine | null {
  try {
    const value = JSON.parse(line) as Partial<EventLine> | null;
    return typeof value?.event === 'string' ? (value as EventLine) : null;
  } catch {
    return null;
  }
}
