import type { Tensor } from '../../../base/tensor.js';
import type { Shape } from '../../../models/graph/graph.js';
import { colourOf, largestSize, paintMap, paintPixel } from './colours.js';
import { contextOf, h } from './dom.js';

/** A value of a sheet: [channel, row, column]; of a vector row and column are 0. */
export type Place = readonly [channel: number, row: number, column: number];

/** In CSS pixels, from the sheet's corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface SheetOptions {
  /** CSS pixels a value. */
  readonly scale: number;
  /** Of the sheet, in CSS pixels: maps that do not go below each other go side by side. */
  readonly mostHeight: number;
  /** Of maps, or values of a vector. */
  readonly most: number;
}

/** Maps [H, W, C] as tiles, or a vector [F] as cells, on one canvas whose pixels are values. */
export class Sheet {
  readonly canvas: HTMLCanvasElement;
  /** How many of the channels there is room for. */
  readonly shown: number;
  readonly #height: number;
  readonly #width: number;
  readonly #rows: number;
  readonly #gap: number;
  readonly #scale: number;
  readonly #image: ImageData;

  constructor(shape: Shape, { scale, mostHeight, most }: SheetOptions) {
    const [height, width, channels] =
      shape.length === 3 ? (shape as [number, number, number]) : [1, 1, shape[0]!];
    this.#height = height;
    this.#width = width;
    this.#scale = scale;
    this.#gap = height * width === 1 ? 0 : Math.max(1, Math.round(2 / scale));
    this.shown = Math.min(channels, most);
    this.#rows = Math.max(1, Math.min(this.shown, Math.floor(mostHeight / ((height + this.#gap) * scale))));
    // As many below each other in each column as can be.
    const columns = Math.ceil(this.shown / this.#rows);
    this.#rows = Math.ceil(this.shown / columns);
    const size = {
      width: columns * (width + this.#gap) - this.#gap,
      height: this.#rows * (height + this.#gap) - this.#gap,
    };
    this.canvas = h('canvas', { ...size, class: 'sheet', 'aria-hidden': 'true' });
    this.canvas.style.width = `${size.width * scale}px`;
    this.canvas.style.height = `${size.height * scale}px`;
    this.#image = new ImageData(size.width, size.height);
  }

  /** @param most the value of the strongest colour; the largest of all where absent */
  paint(tensor: Tensor, most = largestSize(tensor.data)): void {
    for (let channel = 0; channel < this.shown; channel++) {
      const corner = this.#cornerOf(channel);
      if (tensor.shape.length === 3) paintMap(this.#image, tensor, channel, most, corner);
      else paintPixel(this.#image, colourOf(tensor.data[channel]!, most), ...corner);
    }
    contextOf(this.canvas).putImageData(this.#image, 0, 0);
  }

  #cornerOf(channel: number): [number, number] {
    const column = Math.floor(channel / this.#rows);
    return [column * (this.#width + this.#gap), (channel % this.#rows) * (this.#height + this.#gap)];
  }

  /** Where a channel's tile is. */
  boxOf(channel: number): Box {
    const [left, top] = this.#cornerOf(channel);
    const scale = this.#scale;
    return { left: left * scale, top: top * scale, width: this.#width * scale, height: this.#height * scale };
  }

  /** Which value lies under the pointer; null between tiles. */
  at({ clientX, clientY }: MouseEvent): Place | null {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const x = Math.floor(((clientX - left) / width) * this.canvas.width);
    const y = Math.floor(((clientY - top) / height) * this.canvas.height);
    const tile = [this.#width + this.#gap, this.#height + this.#gap] as const;
    const [column, row] = [x % tile[0], y % tile[1]];
    const channel = Math.floor(x / tile[0]) * this.#rows + Math.floor(y / tile[1]);
    if (x < 0 || y < 0 || column >= this.#width || row >= this.#height || channel >= this.shown) return null;
    return [channel, row, column];
  }
}

/** Puts an element over a part of a sheet. */
export function placeOver(element: HTMLElement, box: Box | null): void {
  element.hidden = box === null;
  if (box === null) return;
  for (const [key, value] of Object.entries(box)) element.style.setProperty(key, `${value}px`);
}
