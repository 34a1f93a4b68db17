import type { Random } from '../../base/random.js';

/** The share of the second of two colours, 0 to 1, at a point in pixels. Edges in it are one pixel soft. */
export type Texture = (x: number, y: number) => number;

/** Red, green and blue, 0 to 255. */
type Colour = readonly [number, number, number];

/** Two colours that go together. */
export type Pair = readonly [Colour, Colour];

type Maker = (random: Random, side: number) => Texture;

const MAKERS: readonly Maker[] = [gradient, stripes, waves, dots, checks, clouds];

/** A texture for an image whose shorter side is `side` pixels. */
export function someTexture(random: Random, side: number): Texture {
  return MAKERS[random.below(MAKERS.length)]!(random, side);
}

/** Colours of a background and of what lies on it: of different hue, one clearly lighter than the other. */
export function someColours(random: Random): { readonly ground: Pair; readonly figure: Pair } {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const light = between(0.3, 0.85);
  const gap = between(0.24, 0.4);
  // Towards where there is more room.
  const otherLight = light > 0.58 ? light - gap : light + gap;
  const hue = between(0, 360);
  const otherHue = hue + between(60, 300);
  const pair = (light: number, hue: number): Pair => {
    const chroma = between(0.05, 0.17);
    const step = between(0.05, 0.12) * (random.uniform() < 0.5 ? -1 : 1);
    return [oklch(light, chroma, hue), oklch(light + step, chroma * between(0.6, 1), hue + between(-35, 35))];
  };
  return { ground: pair(light, hue), figure: pair(otherLight, otherHue) };
}

/** A colour of given lightness (0 to 1), chroma and hue in degrees in OKLCH (B. Ottosson 2020), as sRGB. */
export function oklch(light: number, chroma: number, hue: number): Colour {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const byte = (linear: number): number => {
    const value = Math.min(1, Math.max(0, linear));
    return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
  };
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** A direction and a period of at least four pixels; finer patterns would drown in the pixels. */
function grid(random: Random, side: number) {
  const angle = 2 * Math.PI * random.uniform();
  const period = Math.max(4, side * (0.07 + 0.13 * random.uniform()));
  return { cos: Math.cos(angle), sin: Math.sin(angle), period, phase: random.uniform() };
}

function gradient(random: Random, side: number): Texture {
  const { cos, sin } = grid(random, side);
  const length = side * (0.8 + 0.6 * random.uniform());
  const start = side * 0.5 * (cos + sin) - length / 2;
  return (x, y) => clamp((x * cos + y * sin - start) / length);
}

function stripes(random: Random, side: number): Texture {
  const { cos, sin, period, phase } = grid(random, side);
  return (x, y) => band((x * cos + y * sin) / period + phase, period);
}

function waves(random: Random, side: number): Texture {
  const { cos, sin, period, phase } = grid(random, side);
  const pace = (2 * Math.PI) / (period * (2 + 2 * random.uniform()));
  return (x, y) =>
    band((x * cos + y * sin) / period + phase + 0.35 * Math.sin(pace * (y * cos - x * sin)), period);
}

function dots(random: Random, side: number): Texture {
  const { cos, sin, period, phase } = grid(random, side);
  const radius = period * (0.25 + 0.1 * random.uniform());
  return (x, y) => {
    const row = (y * cos - x * sin) / period;
    const whole = Math.floor(row);
    // Every other row is moved by half a period.
    const column = (x * cos + y * sin) / period + phase + (whole % 2 === 0 ? 0 : 0.5);
    const [across, down] = [column - Math.floor(column) - 0.5, row - whole - 0.5];
    return clamp(0.5 + radius - period * Math.sqrt(across * across + down * down));
  };
}

function checks(random: Random, side: number): Texture {
  const { cos, sin, period, phase } = grid(random, side);
  const wide = 1.5 * period;
  return (x, y) => {
    const a = band((x * cos + y * sin) / wide + phase, wide);
    const b = band((y * cos - x * sin) / wide, wide);
    return a + b - 2 * a * b;
  };
}

const LATTICE = 32;

/** Noise of two sizes: random values on a lattice, smoothly interpolated (value noise). */
function clouds(random: Random, side: number): Texture {
  const values = Float32Array.from({ length: LATTICE * LATTICE }, () => random.uniform());
  const { period } = grid(random, side);
  const pace = 0.6 / period;
  return (x, y) =>
    clamp(
      1.4 *
        (0.65 * noise(values, x * pace, y * pace) + 0.35 * noise(values, x * pace * 2.3, y * pace * 2.3)) -
        0.2,
    );
}

/** At x and y of at least 0. */
function noise(values: Float32Array, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const shareX = smooth(x - column);
  const shareY = smooth(y - row);
  const left = column % LATTICE;
  const right = (column + 1) % LATTICE;
  const top = (row % LATTICE) * LATTICE;
  const bottom = ((row + 1) % LATTICE) * LATTICE;
  const upper = values[top + left]! + (values[top + right]! - values[top + left]!) * shareX;
  const lower = values[bottom + left]! + (values[bottom + right]! - values[bottom + left]!) * shareX;
  return upper + (lower - upper) * shareY;
}

/** Bands of equal width, 0 and 1 in turn, one turn as `phase` grows by 1. */
function band(phase: number, period: number): number {
  const zigzag = Math.abs(phase - Math.floor(phase) - 0.5);
  return clamp((zigzag - 0.25) * period + 0.5);
}

function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
