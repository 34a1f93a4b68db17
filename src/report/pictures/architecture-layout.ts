import { maxOf } from '../../base/extremes.js';
import {
  type Architecture,
  type Block,
  type Branches,
  isBranches,
  sideOf,
  type Track,
} from '../../tasks/visualize/networks/architecture.js';
import { textLength } from '../svg/svg.js';

/** A box with its place, in pixels: `x` is its middle, `y` the top of the room for it and its label. */
export interface Box {
  readonly block: Block;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of the room: the box or its label, whichever is higher. */
  readonly roomHeight: number;
}

/** A way from one box to another: points with level and upright lines between them. */
export type Way = readonly (readonly [x: number, y: number])[];

export interface Layout {
  readonly boxes: readonly Box[];
  readonly ways: readonly Way[];
  readonly width: number;
  readonly height: number;
}

export const LABEL = { size: 11, lineHeight: 14, gap: 7 };
const WIDEST = 120;
const HIGHEST = 44;
const SMALLEST = 5;
const STEP = 18;
const LANE = 14;

/** Of the parts of a track, measured from the line through its boxes. */
interface Measure {
  readonly left: number;
  readonly right: number;
  readonly height: number;
}

/** Places boxes from top to bottom, branches side by side. */
export function layoutOf({ blocks, track }: Architecture): Layout {
  const layout = new Layouter(blocks);
  const { left, right, height } = layout.measure(track);
  layout.place(track, left, 0);
  layout.connectRest();
  return { boxes: [...layout.boxes.values()], ways: layout.ways, width: left + right, height };
}

class Layouter {
  readonly boxes = new Map<string, Box>();
  readonly ways: Way[] = [];
  readonly #connected = new Set<string>();
  readonly #perSide: number;
  readonly #perChannel: number;

  readonly #blocks: readonly Block[];

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
    const sides = blocks.map(({ shape }) => Math.sqrt(sideOf(shape)));
    const channels = blocks.map(({ shape }) => Math.sqrt(shape.at(-1)!));
    this.#perSide = WIDEST / maxOf(sides);
    this.#perChannel = HIGHEST / maxOf(channels);
  }

  measure(track: Track): Measure {
    const parts = track.map((step) =>
      isBranches(step) ? this.#measureBranches(step) : this.#measureBlock(step),
    );
    return {
      left: maxOf(
        parts.map(({ left }) => left),
        0,
      ),
      right: maxOf(
        parts.map(({ right }) => right),
        0,
      ),
      height: parts.reduce((sum, { height }) => sum + height, 0) + STEP * Math.max(0, parts.length - 1),
    };
  }

  /** Places a track with its boxes' middles at `x`; returns where it ends. */
  place(track: Track, x: number, top: number): void {
    let y = top;
    track.forEach((step, i) => {
      if (isBranches(step)) {
        const next = track[i + 1];
        const end = y + this.#measureBranches(step).height;
        this.#placeBranches(step, x, y);
        y = end + STEP;
        this.#closeBranches(step, track[i - 1] as Block, next as Block | undefined, x, end);
      } else {
        const box = this.#box(step, x, y);
        this.boxes.set(step.name, box);
        const before = track[i - 1];
        if (before && !isBranches(before)) this.#connect(before.name, step.name);
        y += box.roomHeight + STEP;
      }
    });
  }

  /** The ways that are in no track: where a layer is read from another branch. */
  connectRest(): void {
    for (const { name, inputs } of this.#blocks) {
      for (const input of inputs) this.#connect(input, name);
    }
  }

  #box(block: Block, x: number, y: number): Box {
    const width = Math.max(SMALLEST, this.#perSide * Math.sqrt(sideOf(block.shape)));
    const height = Math.max(SMALLEST, this.#perChannel * Math.sqrt(block.shape.at(-1)!));
    return { block, x, y, width, height, roomHeight: Math.max(height, 2 * LABEL.lineHeight) };
  }

  #measureBlock(block: Block): Measure {
    const { width, roomHeight } = this.#box(block, 0, 0);
    const label = Math.max(
      textLength(block.label, LABEL.size),
      textLength(block.shape.join('x'), LABEL.size),
    );
    return { left: width / 2, right: width / 2 + LABEL.gap + label, height: roomHeight };
  }

  /** Offsets of the branches' middles from the line through the boxes before and after them. */
  #lanes({ branches }: Branches): { offsets: number[]; measures: Measure[] } {
    const measures = branches.map((branch) => this.measure(branch));
    const middles: number[] = [];
    let edge = 0;
    for (const { left, right } of measures) {
      middles.push(edge + left);
      edge += left + right + LANE;
    }
    const lengths = branches.map(({ length }) => length);
    const longest = maxOf(lengths);
    const isClear = lengths.filter((length) => length === longest).length === 1;
    // The main road goes straight on past a short cut; branches alike stand around the middle.
    const spine = isClear ? middles[lengths.indexOf(longest)]! : (middles[0]! + middles.at(-1)!) / 2;
    return { offsets: middles.map((middle) => middle - spine), measures };
  }

  #measureBranches(step: Branches): Measure {
    const { offsets, measures } = this.#lanes(step);
    return {
      left: maxOf(measures.map(({ left }, i) => left - offsets[i]!)),
      right: maxOf(measures.map(({ right }, i) => right + offsets[i]!)),
      height: maxOf(measures.map(({ height }) => height)),
    };
  }

  #placeBranches(step: Branches, x: number, y: number): void {
    const { offsets } = this.#lanes(step);
    step.branches.forEach((branch, i) => this.place(branch, x + offsets[i]!, y));
  }

  /** Draws the ways into the branches and out of them; the box after them comes a step below `end`. */
  #closeBranches(step: Branches, before: Block, after: Block | undefined, x: number, end: number): void {
    const { offsets } = this.#lanes(step);
    const into = after && topOf(this.#box(after, x, end + STEP));
    step.branches.forEach((branch, i) => {
      const [first, last] = [branch[0] as Block | undefined, branch.at(-1)];
      if (first) this.#connect(before.name, first.name);
      if (after === undefined || (last && isBranches(last))) return;
      const from = last ?? before;
      if (!after.inputs.includes(from.name)) return;
      const box = this.boxes.get(from.name)!;
      const lane = x + offsets[i]!;
      this.#connected.add(wayName(from.name, after.name));
      this.ways.push([
        [box.x, bottomOf(box)],
        [box.x, bendBelow(box)],
        [lane, bendBelow(box)],
        [lane, end + STEP / 2],
        [x, end + STEP / 2],
        [x, into!],
      ]);
    });
  }

  #connect(from: string, to: string): void {
    const name = wayName(from, to);
    const [start, end] = [this.boxes.get(from), this.boxes.get(to)];
    if (!start || !end || this.#connected.has(name)) return;
    this.#connected.add(name);
    this.ways.push([
      [start.x, bottomOf(start)],
      [start.x, bendBelow(start)],
      [end.x, bendBelow(start)],
      [end.x, topOf(end)],
    ]);
  }
}

/** Where a way turns aside below a box, clear of its label. */
function bendBelow({ y, roomHeight }: Box): number {
  return y + roomHeight + STEP / 2;
}

function wayName(from: string, to: string): string {
  return `${from} > ${to}`;
}

/** Boxes stand in the middle of their room. */
export function topOf({ y, roomHeight, height }: Box): number {
  return y + (roomHeight - height) / 2;
}

function bottomOf(box: Box): number {
  return topOf(box) + box.height;
}
