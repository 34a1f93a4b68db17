import { isArithmetic, isSame, type Step, type StepGraph } from '../view/graph.js';
import { type Context, differenceOf, wordsOf } from './compare.js';
import { readersOf, stepsTo } from './search.js';

/**
 * How a file's graph differs from ours, a sentence's part for each layer, the first one first. Both are followed from the
 * input, and past a difference as far as there is something on either side.
 */
export function differencesOf(
  own: StepGraph,
  ownOutput: Step,
  theirOutput: Step,
  layers: readonly string[],
): string[] {
  const used = new Set(stepsTo(ownOutput));
  const fixed = fixedAmong(own.steps);
  const order = new Map(layers.map((name, i) => [name, i]));
  const steps = own.steps
    .filter((step) => used.has(step) && !fixed.has(step))
    .map((step, i) => ({ step, layer: order.get(step.layer) ?? -1, i }))
    .sort((a, b) => a.layer - b.layer || a.i - b.i);
  const walk = new Walk(ownOutput, theirOutput, fixed);
  for (const { step } of steps) walk.follow(step);
  walk.end();
  return walk.differences;
}

class Walk implements Context {
  /** By the layer; what else differs in the same layer is not told. */
  readonly #found = new Map<string, string>();
  ignoresPads = false;
  readonly #at = new Map<Step, Step>();
  readonly #taken = new Set<Step>();
  readonly #ownReaders: ReadonlyMap<Step, readonly Step[]>;
  readonly #theirReaders: ReadonlyMap<Step, readonly Step[]>;
  readonly #ownOutput: Step;
  readonly #theirOutput: Step;
  readonly #fixed: ReadonlySet<Step>;

  constructor(ownOutput: Step, theirOutput: Step, fixed: ReadonlySet<Step>) {
    this.#ownOutput = ownOutput;
    this.#theirOutput = theirOutput;
    this.#fixed = fixed;
    this.#ownReaders = readersOf(ownOutput);
    this.#theirReaders = readersOf(theirOutput);
  }

  givesBiasAway(own: Step): boolean {
    const readers = this.#ownReaders.get(own) ?? [];
    return readers.length === 1 && readers[0]!.kind === 'batchNorm';
  }

  get differences(): string[] {
    return [...this.#found.values()];
  }

  #note(layer: string, difference: string): void {
    if (!this.#found.has(layer)) this.#found.set(layer, difference);
  }

  follow(own: Step): void {
    if (own.kind === 'input') {
      this.#begin(own);
      return;
    }
    const data = own.inputs.map(({ step }) => step).filter((step) => !this.#fixed.has(step));
    const before = data.map((input) => this.#at.get(input));
    const [main] = before;
    if (!main || before.includes(undefined)) return;
    this.ignoresPads = !isSame(data[0]!.shape?.slice(2), main.shape?.slice(2));
    const candidates = this.#candidatesFor(own, before as Step[]);
    const theirs = candidates[0];
    if (!theirs) this.#ended(own, main);
    else this.#pair(own, theirs, main);
  }

  /** What is left when all of ours has been followed. */
  end(): void {
    if (this.#found.size > 0) return;
    const reached = this.#at.get(this.#ownOutput);
    const next = reached && this.#theirReaders.get(reached)?.[0];
    this.#note(
      '',
      next ? `${next.title} follows, for which there is no layer` : 'its layers are wired in another way',
    );
  }

  #begin(own: Step): void {
    let at = stepsTo(this.#theirOutput).find(({ kind }) => kind === 'input');
    const wantsScaling = this.#ownReaders.get(own)?.some(isArithmetic);
    for (
      let next = at;
      next;
      next = this.#theirReaders.get(at!)?.find((step) => !wantsScaling && isArithmetic(step))
    )
      at = next;
    if (at) this.#at.set(own, at);
  }

  #ended(own: Step, main: Step): void {
    // A normalization that was folded away is not missed.
    if (own.kind === 'batchNorm') this.#at.set(own, main);
    else {
      const weight = own.constants[0]?.slot;
      const what = weight
        ? `${weight} [${own.constants[0]!.dims.join(', ')}] of ${wordsOf(own)}`
        : `${wordsOf(own)} of ${own.layer}`;
      this.#note(own.layer, `it ends before ${what}`);
    }
  }

  #pair(own: Step, theirs: Step, main: Step): void {
    const different = differenceOf(own, theirs, this) ?? this.#otherOrder(own, theirs);
    if (different === null || own.kind === theirs.kind) {
      if (different !== null) this.#note(own.layer, different);
      this.#bind(own, theirs);
      return;
    }
    if (own.kind === 'batchNorm') {
      this.#at.set(own, main);
      return;
    }
    const beyond = this.#theirReaders.get(theirs)?.find((step) => differenceOf(own, step, this) === null);
    const isExtraOfOurs = this.#ownReaders
      .get(own)
      ?.some((step) => differenceOf(step, theirs, this) === null);
    if (beyond) {
      this.#note(own.layer, `${theirs.title} stands before ${own.layer}, where nothing is wanted`);
      this.#taken.add(theirs);
      this.#bind(own, beyond);
    } else if (isExtraOfOurs) {
      this.#note(own.layer, `it has nothing for the ${bare(wordsOf(own))} of ${own.layer}`);
      this.#at.set(own, main);
    } else {
      this.#note(own.layer, different);
      this.#bind(own, theirs);
    }
  }

  /** A concatenation of the same branches in another order. */
  #otherOrder(own: Step, theirs: Step): string | null {
    const isOther =
      own.kind === 'concat' &&
      own.inputs.some(({ step }, i) => this.#at.get(step) !== theirs.inputs[i]!.step);
    return isOther ? `${theirs.title} joins its branches in another order than ${own.layer}` : null;
  }

  #bind(own: Step, theirs: Step): void {
    this.#at.set(own, theirs);
    this.#taken.add(theirs);
  }

  /** Steps of the file that read what this one should read, the most alike first. */
  #candidatesFor(own: Step, before: readonly Step[]): Step[] {
    const scores = new Map<Step, number>();
    for (const step of this.#theirReaders.get(before[0]!) ?? []) {
      if (this.#taken.has(step)) continue;
      const readsAll = before.every((input) => step.inputs.some(({ step: other }) => other === input));
      const isRight = differenceOf(own, step, this) === null;
      const isUsedAlike = isSame(use(own, this.#ownReaders), use(step, this.#theirReaders));
      const hasItsShape = isSame(own.constants[0]?.dims, step.constants[0]?.dims);
      const score =
        16 * Number(isRight) +
        8 * Number(own.kind === step.kind) +
        4 * Number(hasItsShape) +
        2 * Number(readsAll);
      scores.set(step, score + Number(isUsedAlike));
    }
    return [...scores.keys()].sort((a, b) => scores.get(b)! - scores.get(a)!);
  }
}

/** The steps that compute with weights alone. */
function fixedAmong(steps: readonly Step[]): ReadonlySet<Step> {
  const fixed = new Set<Step>();
  for (const step of steps) {
    if (step.kind !== 'input' && step.inputs.every((input) => fixed.has(input.step))) fixed.add(step);
  }
  return fixed;
}

const bare = (words: string) => words.replace(/^an? /, '');

/** What becomes of a step's output, a few steps far. */
function use(step: Step, readers: ReadonlyMap<Step, readonly Step[]>, depth = 4): unknown {
  if (depth === 0) return [];
  const uses = (readers.get(step) ?? []).map((reader) => {
    const place = reader.kind === 'add' ? 0 : reader.inputs.findIndex((input) => input.step === step);
    return [reader.kind, reader.settings, place, reader.shape?.[1], use(reader, readers, depth - 1)];
  });
  return uses.map((one) => JSON.stringify(one)).sort();
}
