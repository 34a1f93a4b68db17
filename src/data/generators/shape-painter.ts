import type { Random } from '../../base/random.js';
import { OUTLINES, type Outline } from './shape-outlines.js';
import { type Pair, someColours, someTexture, type Texture } from './shape-textures.js';

/** Where a shape lies and how it is turned: pixels to the outline's own coordinates and back. */
interface Pose {
  readonly x: number;
  readonly y: number;
  /** Of the shape, in pixels. */
  readonly radius: number;
  readonly cos: number;
  readonly sin: number;
  /** Wider than high above 1. */
  readonly stretch: number;
}

/** The pixels that a shape and its shadow can touch, all within the picture. */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** How far a shadow reaches beyond its shape, in the outline's units, before it is moved. */
const SOFTNESS = 0.18;

/**
 * Paints textured shapes on textured grounds, [H, W, 3] bytes. What is drawn from the random stream does not depend
 * on the size, so that the same stream gives the same scene at any size. An image of 224x224 takes 2 milliseconds.
 */
export class ShapePainter {
  readonly #side: number;
  /** The picture before it is lit, [H, W, 3], 0 to 255. */
  readonly #canvas: Float32Array;
  /** Of each pixel within the box, the distance from the outline in its own units, [H, W]. */
  readonly #away: Float32Array;

  readonly #height: number;
  readonly #width: number;

  constructor(height: number, width: number) {
    this.#height = height;
    this.#width = width;
    this.#side = Math.min(height, width);
    this.#canvas = new Float32Array(height * width * 3);
    this.#away = new Float32Array(height * width);
  }

  /** Paints the shape of a class, by its number. */
  paint(label: number, random: Random, out: Uint8Array): void {
    const { ground, figure } = someColours(random);
    this.#fill(someTexture(random, this.#side), ground);
    const pose = this.#somePose(random);
    const box = this.#measure(OUTLINES[label]!, pose);
    this.#cast(box, pose, random);
    this.#draw(box, pose, someTexture(random, this.#side), figure, 0.5 * random.uniform());
    this.#light(random, out);
  }

  #somePose(random: Random): Pose {
    const radius = this.#side * (0.24 + 0.18 * random.uniform());
    const place = (length: number): number => radius * 0.9 + (length - radius * 1.8) * random.uniform();
    const angle = 2 * Math.PI * random.uniform();
    return {
      x: place(this.#width),
      y: place(this.#height),
      radius,
      cos: Math.cos(angle),
      sin: Math.sin(angle),
      stretch: Math.exp(0.24 * (random.uniform() - 0.5)),
    };
  }

  #fill(texture: Texture, [[red, green, blue], second]: Pair): void {
    const [canvas, height, width] = [this.#canvas, this.#height, this.#width];
    const [toRed, toGreen, toBlue] = [second[0] - red, second[1] - green, second[2] - blue];
    let at = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const share = texture(x, y);
        canvas[at++] = red + toRed * share;
        canvas[at++] = green + toGreen * share;
        canvas[at++] = blue + toBlue * share;
      }
    }
  }

  /** Finds the distance of every pixel in and near the shape. */
  #measure({ distance }: Outline, pose: Pose): Box {
    const [away, width, height] = [this.#away, this.#width, this.#height];
    const reach = pose.radius * (1 + 2 * SOFTNESS) * Math.max(pose.stretch, 1 / pose.stretch) + 1;
    const box = {
      left: Math.max(0, Math.floor(pose.x - reach)),
      right: Math.min(width - 1, Math.ceil(pose.x + reach)),
      top: Math.max(0, Math.floor(pose.y - reach)),
      bottom: Math.min(height - 1, Math.ceil(pose.y + reach)),
    };
    const acrossUnit = 1 / (pose.radius * pose.stretch);
    const downUnit = pose.stretch / pose.radius;
    for (let row = box.top; row <= box.bottom; row++) {
      const dy = row - pose.y;
      for (let column = box.left; column <= box.right; column++) {
        const dx = column - pose.x;
        const x = (pose.cos * dx + pose.sin * dy) * acrossUnit;
        const y = (pose.cos * dy - pose.sin * dx) * downUnit;
        // No outline reaches farther than 1.06 from its middle.
        away[row * width + column] = x * x + y * y > 1.6 ? 1 : distance(x, y);
      }
    }
    return box;
  }

  /** A soft shadow beside the shape, by whole pixels. */
  #cast(box: Box, pose: Pose, random: Random): void {
    const [canvas, away, width] = [this.#canvas, this.#away, this.#width];
    const angle = 2 * Math.PI * random.uniform();
    const reach = pose.radius * (0.08 + 0.1 * random.uniform());
    const depth = 0.15 + 0.3 * random.uniform();
    const right = Math.round(reach * Math.cos(angle));
    const down = Math.round(reach * Math.sin(angle));
    for (let y = box.top; y <= box.bottom; y++) {
      const row = Math.min(box.bottom, Math.max(box.top, y - down)) * width;
      for (let x = box.left; x <= box.right; x++) {
        const distance = away[row + Math.min(box.right, Math.max(box.left, x - right))]!;
        if (distance >= SOFTNESS) continue;
        const covered = Math.min(1, 0.5 - distance / (2 * SOFTNESS));
        const left = 1 - depth * covered * covered * (3 - 2 * covered);
        const at = (y * width + x) * 3;
        canvas[at]! *= left;
        canvas[at + 1]! *= left;
        canvas[at + 2]! *= left;
      }
    }
  }

  /** The shape itself; towards its outline it is darker, by `rim` at most. */
  #draw(box: Box, pose: Pose, texture: Texture, colours: Pair, rim: number): void {
    const [canvas, away, width] = [this.#canvas, this.#away, this.#width];
    const [[red, green, blue], second] = colours;
    const [toRed, toGreen, toBlue] = [second[0] - red, second[1] - green, second[2] - blue];
    for (let y = box.top; y <= box.bottom; y++) {
      for (let x = box.left; x <= box.right; x++) {
        const distance = away[y * width + x]!;
        const covered = Math.min(1, 0.5 - distance * pose.radius);
        if (covered <= 0) continue;
        const share = texture(x, y);
        const depth = Math.min(1, -distance / 0.14);
        const over = covered * (1 - rim * (1 - depth) * (1 - depth));
        const under = 1 - covered;
        const at = (y * width + x) * 3;
        canvas[at] = canvas[at]! * under + (red + toRed * share) * over;
        canvas[at + 1] = canvas[at + 1]! * under + (green + toGreen * share) * over;
        canvas[at + 2] = canvas[at + 2]! * under + (blue + toBlue * share) * over;
      }
    }
  }

  /** Light that falls off across the picture, a little grain, and bytes. */
  #light(random: Random, out: Uint8Array): void {
    const [canvas, height, width, side] = [this.#canvas, this.#height, this.#width, this.#side];
    const angle = 2 * Math.PI * random.uniform();
    const fall = 0.35 * random.uniform();
    const [perColumn, perRow] = [(fall * Math.cos(angle)) / side, (fall * Math.sin(angle)) / side];
    const grain = (10 * random.uniform()) / 0x10000;
    let state = random.uint32();
    let at = 0;
    for (let y = 0; y < height; y++) {
      let brightness = 1 + perRow * (y - height / 2) - perColumn * (width / 2);
      for (let x = 0; x < width; x++) {
        // The generator of Numerical Recipes (Press et al. 1992): grain needs speed rather than quality.
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        const added = grain * ((state >>> 16) - 0x8000) + 0.5;
        for (let channel = 0; channel < 3; channel++, at++)
          out[at] = Math.min(255, Math.max(0, canvas[at]! * brightness + added));
        brightness += perColumn;
      }
    }
  }
}
