/** One point of a chart: a figure at a place on the x axis, or the range of several that were merged. */
export interface Point {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** Figures over time in bounded memory: when there are too many, neighbours are merged and later ones come in coarser. */
export class Series {
  #points: Point[] = [];
  /** Figures that make one point. */
  #stride = 1;
  #pending: Point | undefined;
  #pendingCount = 0;

  readonly #capacity: number;

  constructor(capacity = 1024) {
    this.#capacity = capacity;
  }

  /** Adds a figure; x must not decrease. What is not finite leaves no mark. */
  push(x: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.#pending = merge(this.#pending, { x, low: value, high: value });
    this.#pendingCount++;
    if (this.#pendingCount < this.#stride) return;
    this.#points.push(this.#pending);
    this.#pending = undefined;
    this.#pendingCount = 0;
    if (this.#points.length > this.#capacity) this.#halve();
  }

  points(): readonly Point[] {
    return this.#pending === undefined ? this.#points : [...this.#points, this.#pending];
  }

  #halve(): void {
    const halved: Point[] = [];
    for (let i = 0; i < this.#points.length; i += 2) {
      const [first, second] = [this.#points[i]!, this.#points[i + 1]];
      halved.push(second === undefined ? first : merge(first, second));
    }
    this.#points = halved;
    this.#stride *= 2;
  }
}

function merge(first: Point | undefined, second: Point): Point {
  if (first === undefined) return second;
  return { x: second.x, low: Math.min(first.low, second.low), high: Math.max(first.high, second.high) };
}

/** A running mean that forgets: every figure counts `1 - memory` of what is left, and the start is not pulled to 0 (Kingma and Ba 2015, section 3). */
export class Smoothed {
  #sum = 0;
  #weight = 0;

  readonly #memory: number;

  constructor(memory = 0.9) {
    this.#memory = memory;
  }

  /** Returns the mean with `value` in it; a figure that is not finite is passed through and forgotten. */
  next(value: number): number {
    if (!Number.isFinite(value)) return value;
    this.#sum = this.#memory * this.#sum + (1 - this.#memory) * value;
    this.#weight = this.#memory * this.#weight + (1 - this.#memory);
    return this.#sum / this.#weight;
  }
}
