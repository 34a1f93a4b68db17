import type { Random } from '../../base/random.js';
import type { Hand } from './digit-hands.js';

/** Side of a drawn image in pixels. */
export const SIDE = 28;
/** The digit itself fits this square, as in MNIST (LeCun et al. 1998, section III.A). */
const BOX = 20;
/** Pieces of the path between two control points. */
const PIECES = 5;
const MOST_CONTROLS = 64;
const MOST_POINTS = 256;

/**
 * Draws one digit after another, each differently: every point of the hand is moved a little, the whole is bent,
 * slanted, stretched and turned, and the pen is of any width and presses unevenly. The spreads below were chosen so
 * that slant, width and ink of the digits resemble those of MNIST, with somewhat more variety in each.
 * Memory is allocated once: a digit costs 25 to 40 microseconds.
 */
export class DigitPen {
  /** The path in drawing order; `lifted[i]` is 1 where the pen came down anew at point i. */
  readonly #x = new Float64Array(MOST_POINTS);
  readonly #y = new Float64Array(MOST_POINTS);
  readonly #radius = new Float64Array(MOST_POINTS);
  readonly #lifted = new Uint8Array(MOST_POINTS);
  #points = 0;
  readonly #controlX = new Float64Array(MOST_CONTROLS);
  readonly #controlY = new Float64Array(MOST_CONTROLS);
  /** How much of each pixel is covered, 0 to 1, [BOX, BOX]. */
  readonly #ink = new Float32Array(BOX * BOX);

  /** Writes a digit of [SIDE, SIDE] bytes, white on black, to `out` from `offset` on. */
  draw(hand: Hand, random: Random, out: Uint8Array, offset: number): void {
    this.#points = 0;
    const unsteadiness = 2 + 4 * random.uniform();
    for (const stroke of hand.strokes) {
      this.#shake(stroke, unsteadiness, random);
      this.#trace(stroke.length / 2);
    }
    this.#bend(random);
    this.#tilt(random);
    const radius = Math.min(2.6, Math.max(0.6, 1.22 * Math.exp(0.3 * random.normal())));
    this.#fit(radius);
    this.#press(radius, random);
    this.#ink.fill(0);
    const edge = 0.8 + 0.5 * random.uniform();
    for (let i = 1; i < this.#points; i++) if (this.#lifted[i] === 0) this.#cover(i, edge);
    this.#roughen(random);
    this.#centre(255 * (1.05 - 0.06 * random.uniform()), out, offset);
  }

  /** Copies a stroke's points to the control points, each moved by a normal with the given standard deviation. */
  #shake(stroke: readonly number[], unsteadiness: number, random: Random): void {
    for (let i = 0; 2 * i < stroke.length; i++) {
      const x = stroke[2 * i]!;
      const y = stroke[2 * i + 1]!;
      // Both halves of a corner are one point and stay one.
      const corner = i > 0 && x === stroke[2 * i - 2] && y === stroke[2 * i - 1];
      this.#controlX[i] = corner ? this.#controlX[i - 1]! : x + unsteadiness * random.normal();
      this.#controlY[i] = corner ? this.#controlY[i - 1]! : y + unsteadiness * random.normal();
    }
  }

  /** Adds the smooth path through the first `count` control points (Catmull and Rom 1974, uniform). */
  #trace(count: number): void {
    const [px, py] = [this.#controlX, this.#controlY];
    this.#add(px[0]!, py[0]!, 1);
    for (let i = 0; i + 1 < count; i++) {
      if (px[i] === px[i + 1] && py[i] === py[i + 1]) continue;
      const before = Math.max(0, i - 1);
      const after = Math.min(count - 1, i + 2);
      for (let piece = 1; piece <= PIECES; piece++) {
        const t = piece / PIECES;
        const a = (t * (t * (2 - t) - 1)) / 2;
        const b = (t * t * (3 * t - 5) + 2) / 2;
        const c = (t * (t * (4 - 3 * t) + 1)) / 2;
        const d = (t * t * (t - 1)) / 2;
        this.#add(
          a * px[before]! + b * px[i]! + c * px[i + 1]! + d * px[after]!,
          a * py[before]! + b * py[i]! + c * py[i + 1]! + d * py[after]!,
          0,
        );
      }
    }
  }

  #add(x: number, y: number, lifted: 0 | 1): void {
    this.#x[this.#points] = x;
    this.#y[this.#points] = y;
    this.#lifted[this.#points++] = lifted;
  }

  /** A smooth elastic distortion: x and y each move along a sine wave of random direction, length and strength. */
  #bend(random: Random): void {
    const strength = 12 * random.uniform();
    const frequency = (): number => 0.12 * (random.uniform() - 0.5);
    const phase = (): number => 2 * Math.PI * random.uniform();
    const [xx, xy, x0] = [frequency(), frequency(), phase()];
    const [yx, yy, y0] = [frequency(), frequency(), phase()];
    for (let i = 0; i < this.#points; i++) {
      const x = this.#x[i]!;
      const y = this.#y[i]!;
      this.#x[i] = x + strength * Math.sin(xx * x + xy * y + x0);
      this.#y[i] = y + strength * Math.sin(yx * x + yy * y + y0);
    }
  }

  /** Aspect, slant (most people's to the right) and rotation, about the middle. */
  #tilt(random: Random): void {
    const angle = 0.1 * random.normal();
    const slant = 0.15 + 0.28 * random.normal();
    const aspect = Math.exp(0.22 * random.normal());
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    for (let i = 0; i < this.#points; i++) {
      const y = this.#y[i]! - 50;
      const x = aspect * (this.#x[i]! - 35) - slant * y;
      this.#x[i] = cos * x - sin * y;
      this.#y[i] = sin * x + cos * y;
    }
  }

  /** Scales the path to fill the box up to the pen's radius in its longer direction, and puts it into the middle. */
  #fit(radius: number): void {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < this.#points; i++) {
      left = Math.min(left, this.#x[i]!);
      right = Math.max(right, this.#x[i]!);
      top = Math.min(top, this.#y[i]!);
      bottom = Math.max(bottom, this.#y[i]!);
    }
    const scale = (BOX - 2 * radius) / Math.max(right - left, bottom - top);
    for (let i = 0; i < this.#points; i++) {
      this.#x[i] = (this.#x[i]! - (left + right) / 2) * scale + BOX / 2;
      this.#y[i] = (this.#y[i]! - (top + bottom) / 2) * scale + BOX / 2;
    }
  }

  /** The pen's radius swells and shrinks along the way. */
  #press(radius: number, random: Random): void {
    const depth = 0.5 * random.uniform();
    const phase = 2 * Math.PI * random.uniform();
    const pace = 0.1 + 0.3 * random.uniform();
    for (let i = 0; i < this.#points; i++)
      this.#radius[i] = radius * (1 + depth * Math.sin(phase + pace * i));
  }

  /** Inks the pixels near the line from point i-1 to point i; ink fades out over `edge` pixels. */
  #cover(i: number, edge: number): void {
    const [x0, y0, x1, y1] = [this.#x[i - 1]!, this.#y[i - 1]!, this.#x[i]!, this.#y[i]!];
    const radius = (this.#radius[i - 1]! + this.#radius[i]!) / 2;
    const reach = radius + edge / 2;
    const solid = Math.max(0, radius - edge / 2);
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(BOX - 1, Math.ceil(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(BOX - 1, Math.ceil(Math.max(y0, y1) + reach));
    const [dx, dy] = [x1 - x0, y1 - y0];
    const perLength = 1 / (dx * dx + dy * dy + 1e-9);
    for (let row = top; row <= bottom; row++) {
      const y = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const x = column + 0.5 - x0;
        const along = Math.min(1, Math.max(0, (x * dx + y * dy) * perLength));
        const [awayX, awayY] = [x - along * dx, y - along * dy];
        const squared = awayX * awayX + awayY * awayY;
        if (squared >= reach * reach) continue;
        const covered = squared <= solid * solid ? 1 : (reach - Math.sqrt(squared)) / edge;
        const pixel = row * BOX + column;
        if (covered > this.#ink[pixel]!) this.#ink[pixel] = Math.min(1, covered);
      }
    }
  }

  /** Noise where ink meets paper, as in a scan. */
  #roughen(random: Random): void {
    for (let i = 0; i < BOX * BOX; i++) {
      const covered = this.#ink[i]!;
      if (covered > 0 && covered < 1)
        this.#ink[i] = Math.min(1, Math.max(0, covered + 0.5 * (random.uniform() - 0.5)));
    }
  }

  /** Copies the box into the field so that the ink's centre of mass lies in the middle, as MNIST does. */
  #centre(peak: number, out: Uint8Array, offset: number): void {
    let [mass, massX, massY] = [0, 0, 0];
    for (let i = 0; i < BOX * BOX; i++) {
      const ink = this.#ink[i]!;
      mass += ink;
      massX += ink * (i % BOX);
      massY += ink * Math.floor(i / BOX);
    }
    const corner = (moment: number): number =>
      Math.min(SIDE - BOX, Math.max(0, Math.round(SIDE / 2 - moment / mass)));
    const start = offset + corner(massY) * SIDE + corner(massX);
    out.fill(0, offset, offset + SIDE * SIDE);
    for (let row = 0; row < BOX; row++) {
      for (let column = 0; column < BOX; column++)
        out[start + row * SIDE + column] = Math.min(255, Math.round(peak * this.#ink[row * BOX + column]!));
    }
  }
}
