import { isArithmetic, type Step } from '../view/graph.js';
import { type Context, differenceOf } from './compare.js';

/** For each step of ours the one of the file that computes it. */
export type Matching = ReadonlyMap<Step, Step>;

type Pair = readonly [own: Step, theirs: Step];

/** Where there was more than one way to go on. */
interface Choice {
  readonly next: number;
  readonly queued: number;
  readonly bound: number;
  readonly others: Generator<readonly Pair[]>;
}

/** So many wrong turns are more than any network takes whose branches differ at all. */
const MOST_RETURNS = 10_000;

/**
 * Follows the data from the outputs of two graphs back to their inputs and pairs their steps; the order of nodes plays no
 * part. What joins branches says which is which: a concatenation by its order; in a sum, where any order gives the same,
 * every order is tried that the branches allow. null where the graphs do not compute the same.
 */
export function matchSteps(own: Step, theirs: Step): Matching | null {
  if (own.likeness !== theirs.likeness) return null;
  return new Search(own, theirs).run();
}

class Search implements Context {
  readonly #bound = new Map<Step, Step>();
  readonly #trail: Step[] = [];
  readonly #queue: Pair[];
  readonly #choices: Choice[] = [];
  readonly #readers: ReadonlyMap<Step, readonly Step[]>;

  constructor(own: Step, theirs: Step) {
    this.#queue = [[own, theirs]];
    this.#readers = readersOf(own);
  }

  run(): Matching | null {
    let next = 0;
    for (let returns = 0; returns < MOST_RETURNS; ) {
      if (next === this.#queue.length) return this.#bound;
      if (this.#follow(this.#queue[next]!, next + 1)) {
        next++;
        continue;
      }
      const earlier = this.#goBack();
      if (earlier === null) return null;
      next = earlier;
      returns++;
    }
    return null;
  }

  /** A folded normalization has taken the bias, or one that follows takes it from the mean. */
  givesBiasAway(own: Step, theirs: Step): boolean {
    const [norm, ...others] = this.#readers.get(own) ?? [];
    if (norm?.kind !== 'batchNorm' || others.length > 0) return false;
    const isFolded = this.#bound.get(norm) === theirs;
    const lacksPlace = own.constants.length < theirs.constants.length;
    return isFolded || (lacksPlace && this.#bound.get(norm)?.kind === 'batchNorm');
  }

  #follow([own, theirs]: Pair, next: number): boolean {
    const known = this.#bound.get(own);
    if (known) return known === theirs;
    if (own.kind === 'input') return this.#bind(own, theirs, scaledInput(theirs) !== null);
    if (isFolded(own, theirs)) {
      this.#queue.push([own.inputs[0]!.step, theirs]);
      return this.#bind(own, theirs, true);
    }
    if (differenceOf(own, theirs, this) !== null) return false;
    this.#bind(own, theirs, true);
    return this.#choose(inputPairs(own, theirs), next);
  }

  #bind(own: Step, theirs: Step, isRight: boolean): boolean {
    if (!isRight) return false;
    this.#bound.set(own, theirs);
    this.#trail.push(own);
    return true;
  }

  #choose(ways: Generator<readonly Pair[]>, next: number): boolean {
    const { value, done } = ways.next();
    if (done) return false;
    this.#choices.push({ next, queued: this.#queue.length, bound: this.#trail.length, others: ways });
    this.#queue.push(...value);
    return true;
  }

  /** To the last place where there was another way. @returns the next pair from there */
  #goBack(): number | null {
    for (let choice = this.#choices.pop(); choice; choice = this.#choices.pop()) {
      this.#queue.length = choice.queued;
      for (const step of this.#trail.splice(choice.bound)) this.#bound.delete(step);
      if (this.#choose(choice.others, choice.next)) return choice.next;
    }
    return null;
  }
}

/** Whether the file has left of a normalization only what it does to the convolution or product in front. */
export function isFolded(own: Step, theirs: Step): boolean {
  const before = own.inputs[0]?.step.kind;
  return own.kind === 'batchNorm' && (before === 'conv' || before === 'dense') && theirs.kind === before;
}

/** The arithmetic by constants that stands between the file's input and a step; null where there is more. */
export function scaledInput(step: Step): readonly Step[] | null {
  const arithmetic: Step[] = [];
  for (let at = step; at.kind !== 'input'; at = at.inputs[0]!.step) {
    if (!isArithmetic(at)) return null;
    arithmetic.unshift(at);
  }
  return arithmetic;
}

/** The ways to pair what two steps read. */
function* inputPairs(own: Step, theirs: Step): Generator<readonly Pair[]> {
  const [ours, other] = [own, theirs].map(({ inputs }) => inputs.map(({ step }) => step)) as [Step[], Step[]];
  if (own.kind === 'add') yield* sumPairs(ours, other);
  else yield ours.map((step, i) => [step, other[i]!] as const);
}

/** Every assignment of the terms of one sum to those of another that may be the same, in the file's order first. */
function* sumPairs(ours: readonly Step[], theirs: readonly Step[]): Generator<readonly Pair[]> {
  const [first, ...rest] = ours;
  if (!first) {
    yield [];
    return;
  }
  for (const [i, candidate] of theirs.entries()) {
    if (candidate.likeness !== first.likeness) continue;
    for (const pairs of sumPairs(rest, theirs.toSpliced(i, 1))) yield [[first, candidate], ...pairs];
  }
}

/** Every step that leads to an output. */
export function stepsTo(output: Step): Step[] {
  const open = [output];
  const seen = new Set(open);
  for (const step of open) {
    for (const { step: input } of step.inputs) {
      if (!seen.has(input)) open.push(input);
      seen.add(input);
    }
  }
  return open;
}

export function readersOf(output: Step): Map<Step, Step[]> {
  const readers = new Map<Step, Step[]>();
  for (const step of stepsTo(output)) {
    for (const { step: input } of step.inputs) readers.set(input, [...(readers.get(input) ?? []), step]);
  }
  return readers;
}
