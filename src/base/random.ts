/**
 * Random numbers from one seed. Every use has a stream of its own, named by its purpose, so that streams never
 * disturb each other and any of them can be made again at any time (which is what makes a run resumable).
 */
export interface Random {
  /** Uniform integer in [0, 2^32). */
  uint32(): number;
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
  /** Uniform integer in [0, limit). */
  below(limit: number): number;
}

/**
 * The stream for `seed` and a purpose, for example `randomStream(1, 'shuffle', epoch)`.
 * Generator: sfc32 (C. Doty-Humphrey, PractRand), seeded through a 32-bit FNV-1a hash of the purpose.
 */
export function randomStream(seed: number, ...purpose: (string | number)[]): Random {
  let [a, b, c, counter] = [hash(`a/${purpose.join('/')}`), hash(`b/${purpose.join('/')}`), seed >>> 0, 1];
  const uint32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) uint32();
  const uniform = (): number => uint32() / 4294967296;
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uint32, uniform, normal, below: (limit) => Math.floor(uniform() * limit) };
}

/** The numbers 0 to count-1 in random order (Fisher and Yates). */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
