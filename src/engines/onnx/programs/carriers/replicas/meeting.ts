/** Memory that all replicas of a network see. */
export interface SharedMemory {
  /** How often each replica has come to meet the others, int32. */
  readonly meetings: SharedArrayBuffer;
  /** What each replica has computed of its part of a step, float32: see `Replica`. */
  readonly computed: readonly SharedArrayBuffer[];
  /** All trained weights after a step, float32. */
  readonly weights: SharedArrayBuffer;
}

/**
 * @param computed values that each replica computes of its part of a step
 * @param weights values of all trained weights
 */
export function sharedMemory(replicas: number, computed: number, weights: number): SharedMemory {
  const ofNumbers = (count: number) => new SharedArrayBuffer(4 * count);
  return {
    meetings: ofNumbers(replicas),
    computed: Array.from({ length: replicas }, () => ofNumbers(computed)),
    weights: ofNumbers(weights),
  };
}

/** A replica that goes no further counts as being everywhere: the largest int32. */
const GONE = 2 ** 31 - 1;

/** So long a replica looks without pause whether the others are there: to be woken takes longer than most of them need. */
const LOOK_MS = 5;

/** Where replicas wait for each other. */
export class MeetingPoint {
  readonly #meetings: Int32Array;

  constructor({ meetings }: Pick<SharedMemory, 'meetings'>) {
    this.#meetings = new Int32Array(meetings);
  }

  /**
   * Waits until every replica has come to meet as often as this one.
   * @returns false where one of them goes no further; then this one does not either
   */
  async meet(replica: number): Promise<boolean> {
    const before = Atomics.load(this.#meetings, replica);
    if (before === GONE) return false;
    const meeting = before + 1;
    this.#come(replica, meeting);
    for (let other = 0; other < this.#meetings.length; other++) await this.#wait(other, meeting);
    const areAll = this.#meetings.every((_, other) => Atomics.load(this.#meetings, other) !== GONE);
    if (!areAll) this.leave(replica);
    return areAll;
  }

  /** Says that a replica goes no further: nobody is to wait for it. */
  leave(replica: number): void {
    this.#come(replica, GONE);
  }

  #come(replica: number, meeting: number): void {
    Atomics.store(this.#meetings, replica, meeting);
    Atomics.notify(this.#meetings, replica);
  }

  async #wait(other: number, meeting: number): Promise<void> {
    const until = performance.now() + LOOK_MS;
    let there = Atomics.load(this.#meetings, other);
    while (there < meeting) {
      if (performance.now() > until) await Atomics.waitAsync(this.#meetings, other, there).value;
      there = Atomics.load(this.#meetings, other);
    }
  }
}
