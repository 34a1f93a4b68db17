import type { Operation, Trace } from './trace.js';

/** Replaces each operation `second` that alone reads an operation `first`; `rewrite` may decline with null. */
export function rewritePairs(
  trace: Trace,
  first: Operation['kind'],
  second: Operation['kind'],
  rewrite: (a: Operation, b: Operation) => Operation[] | null,
): Trace {
  const heads = [trace.output, ...trace.auxiliaries.map(({ value }) => value)];
  if (trace.watched) heads.push(trace.watched);
  const readers = new Map<number, number>();
  for (const { id } of heads) readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const { inputs } of trace.operations) {
    for (const { id } of inputs) readers.set(id, (readers.get(id) ?? 0) + 1);
  }
  const operations = [...trace.operations];
  for (const b of trace.operations.filter((o) => o.kind === second)) {
    const a = operations.find((o) => o.output.id === b.inputs[0]!.id);
    if (a?.kind !== first || readers.get(a.output.id) !== 1) continue;
    const replacement = rewrite(a, b);
    if (!replacement) continue;
    operations.splice(operations.indexOf(a), 1);
    operations.splice(operations.indexOf(b), 1, ...replacement);
  }
  return { ...trace, operations };
}
