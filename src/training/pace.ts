/** Seconds over which a change of speed shows. */
const MEMORY_SECONDS = 5;

/** How fast training goes: images a second, smoothed over the last seconds. */
export class Pace {
  #images = 0;
  #seconds = 0;

  /** Notes that `images` took `seconds`. */
  note(images: number, seconds: number): void {
    const keep = Math.exp(-seconds / MEMORY_SECONDS);
    this.#images = this.#images * keep + images;
    this.#seconds = this.#seconds * keep + seconds;
  }

  /** 0 before the first note. */
  get imagesPerSecond(): number {
    return this.#seconds > 0 ? this.#images / this.#seconds : 0;
  }

  /** How long `images` will take; Infinity where nobody knows yet. */
  secondsFor(images: number): number {
    return images === 0 ? 0 : images / this.imagesPerSecond;
  }
}

/** Seconds since it was asked last. */
export function stopwatch(now: () => number = () => performance.now()): () => number {
  let last = now();
  return () => {
    const time = now();
    const lap = (time - last) / 1000;
    last = time;
    return lap;
  };
}

/** Says yes at most once in so many milliseconds, the first time at once. */
export function everyMs(interval: number, now: () => number = () => performance.now()): () => boolean {
  let next = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    if (time < next) return false;
    next = time + interval;
    return true;
  };
}
