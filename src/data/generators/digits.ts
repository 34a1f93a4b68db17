import { type Random, randomStream } from '../../base/random.js';
import type { Dataset, Split } from '../sets/dataset.js';
import { HANDS, type Hand } from './digit-hands.js';
import { DigitPen, SIDE } from './digit-pen.js';

/** Goes up with every change that changes a pixel: a run's identity says which digits it saw. */
const VERSION = 1;
/** The digits are the same for everyone, whatever the seed of a run. */
const SEED = 1;

export const DIGITS = {
  name: 'digits',
  shape: [SIDE, SIDE, 1],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  images: { train: 60_000, test: 10_000 },
  lightOnDark: true,
} as const;

/**
 * The built-in generator of handwritten digits in MNIST's form. An image is drawn when it is first read
 * and kept, so that a run of a thousand images draws a thousand.
 */
export function digits(): Dataset {
  const { train, test } = DIGITS.images;
  return {
    name: DIGITS.name,
    shape: DIGITS.shape,
    classes: DIGITS.classes,
    identity: `digits v${VERSION}, seed ${SEED}, ${train} + ${test} images`,
    origin: 'built-in generator',
    train: new DrawnDigits('train', train),
    test: new DrawnDigits('test', test),
  };
}

/** Image i shows the digit i mod 10, which keeps every prefix balanced, and depends on nothing but its split and i. */
class DrawnDigits implements Split {
  readonly labels: Int32Array;
  readonly #pen = new DigitPen();
  readonly #drawn: Uint8Array;
  #pixels: Uint8Array | undefined;

  readonly #name: string;

  constructor(
    name: string,
    readonly count: number,
  ) {
    this.#name = name;
    this.labels = Int32Array.from({ length: count }, (_, i) => i % HANDS.length);
    this.#drawn = new Uint8Array(count);
  }

  read(indices: Uint32Array, out: Uint8Array): void {
    const size = SIDE * SIDE;
    this.#pixels ??= new Uint8Array(this.count * size);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (this.#drawn[index] === 0) {
        const random = randomStream(SEED, 'digits', this.#name, index);
        this.#pen.draw(someHand(HANDS[this.labels[index]!]!, random), random, this.#pixels, index * size);
        this.#drawn[index] = 1;
      }
      out.set(this.#pixels.subarray(index * size, (index + 1) * size), i * size);
    }
  }
}

/** One of the hands, each as often as its weight says. */
function someHand(hands: readonly Hand[], random: Random): Hand {
  let rest = random.uniform() * hands.reduce((sum, hand) => sum + hand.weight, 0);
  for (const hand of hands) {
    rest -= hand.weight;
    if (rest < 0) return hand;
  }
  return hands.at(-1)!;
}
