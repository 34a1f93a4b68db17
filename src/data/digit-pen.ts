import type { Random } from '../random.js';
import type { Hand } from './digit-hands.js';

const SIDE = 28;
const BOX = 20;
const MAX_POINTS = 256;
const STEPS = 5;

/** Draws digits as bytes, 28x28, white on black. Keeps its scratch memory between digits. */
export class DigitPen {
  /** The pen's path: x, y and radius at each point; `starts` marks where the pen was set down. */
  private readonly x = new Float64Array(MAX_POINTS);
  private readonly y = new Float64Array(MAX_POINTS);
  private readonly width = new Float64Array(MAX_POINTS);
  private readonly starts = new Uint8Array(MAX_POINTS);
  private readonly controls = new Float64Array(128);
  private readonly ink = new Float32Array(BOX * BOX);
  private points = 0;

  /** Writes a digit in the given hand to `out` from `offset` on. */
  draw(hand: Hand, random: Random, out: Uint8Array, offset: number): void {
    this.points = 0;
    const jitter = 2.2 + 2 * random.uniform();
    for (const stroke of hand.strokes) this.trace(stroke, jitter, random);
    this.warp(random);
    this.tilt(random);
    const radius = Math.min(2.6, Math.max(0.6, 1.22 * Math.exp(0.3 * random.normal())));
    this.place(radius);
    this.press(radius, random);
    this.ink.fill(0);
    const edge = 0.8 + 0.5 * random.uniform();
    for (let i = 1; i < this.points; i++) if (this.starts[i] === 0) this.stamp(i, edge);
    this.centre(255 * (1.05 - 0.06 * random.uniform()), out, offset);
  }

  private trace(stroke: readonly number[], jitter: number, random: Random): void {
    const p = this.controls;
    const n = stroke.length / 2;
    for (let i = 0; i < n; i++) {
      const x = stroke[2 * i]!;
      const y = stroke[2 * i + 1]!;
      const corner = i > 0 && x === stroke[2 * i - 2] && y === stroke[2 * i - 1];
      p[2 * i] = corner ? p[2 * i - 2]! : x + jitter * random.normal();
      p[2 * i + 1] = corner ? p[2 * i - 1]! : y + jitter * random.normal();
    }
    this.add(p[0]!, p[1]!, 1);
    for (let i = 0; i + 1 < n; i++) {
      const [x1, y1, x2, y2] = [p[2 * i]!, p[2 * i + 1]!, p[2 * i + 2]!, p[2 * i + 3]!];
      if (x1 === x2 && y1 === y2) continue;
      const before = Math.max(0, i - 1);
      const after = Math.min(n - 1, i + 2);
      const [x0, y0, x3, y3] = [p[2 * before]!, p[2 * before + 1]!, p[2 * after]!, p[2 * after + 1]!];
      for (let k = 1; k <= STEPS; k++) {
        const t = k / STEPS;
        const a = 0.5 * t * (t * (2 - t) - 1);
        const b = 0.5 * (t * t * (3 * t - 5) + 2);
        const c = 0.5 * t * (t * (4 - 3 * t) + 1);
        const d = 0.5 * t * t * (t - 1);
        this.add(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3, 0);
      }
    }
  }

  private add(x: number, y: number, start: number): void {
    this.x[this.points] = x;
    this.y[this.points] = y;
    this.starts[this.points++] = start;
  }

  private warp(random: Random): void {
    const amplitude = 5 * random.uniform();
    const wave = (): number[] => [
      (random.uniform() - 0.5) * 0.12,
      (random.uniform() - 0.5) * 0.12,
      random.uniform() * 2 * Math.PI,
    ];
    const [xa, xb, xc] = wave();
    const [ya, yb, yc] = wave();
    for (let i = 0; i < this.points; i++) {
      const x = this.x[i]!;
      const y = this.y[i]!;
      this.x[i] = x + amplitude * Math.sin(xa! * x + xb! * y + xc!);
      this.y[i] = y + amplitude * Math.sin(ya! * x + yb! * y + yc!);
    }
  }

  private tilt(random: Random): void {
    const angle = 0.1 * random.normal();
    const slant = 0.15 + 0.25 * random.normal();
    const aspect = Math.exp(0.16 * random.normal());
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let i = 0; i < this.points; i++) {
      const y = this.y[i]! - 50;
      const x = aspect * (this.x[i]! - 35) - slant * y;
      this.x[i] = cos * x - sin * y;
      this.y[i] = sin * x + cos * y;
    }
  }

  private place(radius: number): void {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < this.points; i++) {
      left = Math.min(left, this.x[i]!);
      right = Math.max(right, this.x[i]!);
      top = Math.min(top, this.y[i]!);
      bottom = Math.max(bottom, this.y[i]!);
    }
    const scale = (BOX - 2 * radius) / Math.max(right - left, bottom - top);
    for (let i = 0; i < this.points; i++) {
      this.x[i] = (this.x[i]! - (left + right) / 2) * scale + BOX / 2;
      this.y[i] = (this.y[i]! - (top + bottom) / 2) * scale + BOX / 2;
    }
  }

  private centre(peak: number, out: Uint8Array, offset: number): void {
    let [mass, massX, massY] = [0, 0, 0];
    for (let y = 0; y < BOX; y++) {
      for (let x = 0; x < BOX; x++) {
        const ink = this.ink[y * BOX + x]!;
        mass += ink;
        massX += ink * x;
        massY += ink * y;
      }
    }
    const left = Math.min(SIDE - BOX, Math.max(0, Math.round(SIDE / 2 - massX / mass)));
    const top = Math.min(SIDE - BOX, Math.max(0, Math.round(SIDE / 2 - massY / mass)));
    out.fill(0, offset, offset + SIDE * SIDE);
    for (let y = 0; y < BOX; y++) {
      const row = offset + (top + y) * SIDE + left;
      for (let x = 0; x < BOX; x++) out[row + x] = Math.min(255, Math.round(peak * this.ink[y * BOX + x]!));
    }
  }

  private press(radius: number, random: Random): void {
    const depth = 0.25 * random.uniform();
    const phase = 2 * Math.PI * random.uniform();
    const pace = 0.1 + 0.3 * random.uniform();
    for (let i = 0; i < this.points; i++) this.width[i] = radius * (1 + depth * Math.sin(phase + pace * i));
  }

  private stamp(i: number, edge: number): void {
    const [x0, y0, x1, y1] = [this.x[i - 1]!, this.y[i - 1]!, this.x[i]!, this.y[i]!];
    const radius = (this.width[i - 1]! + this.width[i]!) / 2;
    const reach = radius + edge / 2;
    const reach2 = reach * reach;
    const inner = Math.max(0, radius - edge / 2);
    const inner2 = inner * inner;
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(BOX - 1, Math.ceil(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(BOX - 1, Math.ceil(Math.max(y0, y1) + reach));
    const dx = x1 - x0;
    const dy = y1 - y0;
    const inverse = 1 / (dx * dx + dy * dy + 1e-9);
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0;
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse));
        const ex = px - t * dx;
        const ey = py - t * dy;
        const d2 = ex * ex + ey * ey;
        if (d2 >= reach2) continue;
        const cover = d2 <= inner2 ? 1 : Math.min(1, (reach - Math.sqrt(d2)) / edge);
        const at = row * BOX + column;
        if (cover > this.ink[at]!) this.ink[at] = cover;
      }
    }
  }
}
