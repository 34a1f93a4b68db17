import { button, contextOf, h, labelled } from '../parts/dom.js';

/** Pixels of a side of the pad: what is drawn is brought to the size of the input from these. */
const SIDE = 280;
const WIDTHS = { least: 8, most: 40, usual: 22 } as const;
/** How far a key moves the pen, and how far together with Shift. */
const STEP = { far: 10, near: 2 } as const;

interface Stroke {
  readonly width: number;
  readonly points: [number, number][];
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Something to draw on with a mouse, a finger, a pen or the keyboard. */
export class Pad {
  readonly element: HTMLElement;
  readonly #canvas = h('canvas', {
    width: SIDE,
    height: SIDE,
    class: 'pad',
    tabindex: 0,
    role: 'application',
    'aria-label': 'Pad to draw on. Arrow keys move the pen, Space lowers and lifts it.',
  });
  readonly #width = h('input', { type: 'range', min: WIDTHS.least, max: WIDTHS.most, value: WIDTHS.usual });
  readonly #undo: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  /** What was drawn, on nothing. */
  readonly #ink = contextOf(h('canvas', { width: SIDE, height: SIDE }));
  readonly #lightOnDark: boolean;
  readonly #changed: (isDrawing: boolean) => void;
  #strokes: Stroke[] = [];
  #current: Stroke | null = null;
  #pen: [number, number] = [SIDE / 2, SIDE / 2];
  #isPenShown = false;

  /** @param changed is told of every change; while a line is being drawn with `true` */
  constructor(lightOnDark: boolean, changed: (isDrawing: boolean) => void) {
    this.#lightOnDark = lightOnDark;
    this.#changed = changed;
    this.#undo = button('Undo', () => this.undo(), { id: 'undo' });
    this.#clear = button('Clear', () => this.clear(), { id: 'clear' });
    this.#width.id = 'line-width';
    const tools = h('div', { class: 'tools' }, this.#undo, this.#clear, labelled('Line width', this.#width));
    this.element = h('div', { class: 'pad-box' }, this.#canvas, tools);
    this.#listenToPointer();
    this.#listenToKeys();
    this.#draw();
  }

  get isEmpty(): boolean {
    return this.#strokes.length === 0;
  }

  undo(): void {
    this.#current = null;
    this.#strokes.pop();
    this.#draw();
    this.#changed(false);
  }

  clear(): void {
    this.#current = null;
    this.#strokes = [];
    this.#draw();
    this.#changed(false);
  }

  /** What was drawn, [SIDE, SIDE] bytes: 255 where there is ink. */
  ink(): { data: Uint8Array; width: number; height: number } {
    this.#ink.clearRect(0, 0, SIDE, SIDE);
    this.#drawStrokes(this.#ink, '#ffffff');
    const { data: rgba } = this.#ink.getImageData(0, 0, SIDE, SIDE);
    const data = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < data.length; i++) data[i] = rgba[i * 4 + 3]!;
    return { data, width: SIDE, height: SIDE };
  }

  #listenToPointer(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      this.#isPenShown = false;
      this.#begin(this.#placeOf(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.#current === null || !canvas.hasPointerCapture(event.pointerId)) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length > 0 ? events : [event]) this.#current.points.push(this.#placeOf(each));
      this.#draw();
      this.#changed(true);
    });
    for (const end of ['pointerup', 'pointercancel'] as const)
      canvas.addEventListener(end, () => this.#end());
  }

  #placeOf({ clientX, clientY }: PointerEvent): [number, number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  }

  #listenToKeys(): void {
    this.#canvas.addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey)) this.undo();
      else if (event.key === 'Delete' || event.key === 'Backspace') this.clear();
      else if (event.key === ' ') this.#togglePen();
      else if (DIRECTIONS[event.key])
        this.#movePen(DIRECTIONS[event.key]!, event.shiftKey ? STEP.near : STEP.far);
      else return;
      event.preventDefault();
    });
    this.#canvas.addEventListener('blur', () => {
      this.#isPenShown = false;
      this.#end();
      this.#draw();
    });
  }

  #togglePen(): void {
    this.#isPenShown = true;
    if (this.#current === null) this.#begin([...this.#pen]);
    else this.#end();
    this.#draw();
  }

  #movePen([x, y]: readonly [number, number], step: number): void {
    const within = (value: number) => Math.max(0, Math.min(SIDE, value));
    this.#pen = [within(this.#pen[0] + x * step), within(this.#pen[1] + y * step)];
    this.#isPenShown = true;
    this.#current?.points.push([...this.#pen]);
    this.#draw();
    if (this.#current !== null) this.#changed(true);
  }

  #begin(place: [number, number]): void {
    this.#current = { width: Number(this.#width.value), points: [place] };
    this.#strokes.push(this.#current);
    this.#draw();
    this.#changed(true);
  }

  #end(): void {
    if (this.#current === null) return;
    this.#current = null;
    this.#changed(false);
  }

  #draw(): void {
    const context = contextOf(this.#canvas);
    context.fillStyle = this.#lightOnDark ? '#000000' : '#ffffff';
    context.fillRect(0, 0, SIDE, SIDE);
    this.#drawStrokes(context, this.#lightOnDark ? '#ffffff' : '#000000');
    this.#undo.disabled = this.#clear.disabled = this.isEmpty;
    if (!this.#isPenShown) return;
    context.strokeStyle = this.#current ? '#e5484d' : '#8b8d98';
    context.lineWidth = 3;
    context.beginPath();
    context.arc(...this.#pen, Number(this.#width.value) / 2 + 3, 0, 2 * Math.PI);
    context.stroke();
  }

  #drawStrokes(context: CanvasRenderingContext2D, colour: string): void {
    context.strokeStyle = context.fillStyle = colour;
    context.lineCap = context.lineJoin = 'round';
    for (const { width, points } of this.#strokes) {
      context.lineWidth = width;
      context.beginPath();
      for (const [x, y] of points) context.lineTo(x, y);
      // A point is a line as well.
      if (points.length === 1) context.lineTo(points[0]![0] + 0.01, points[0]![1]);
      context.stroke();
    }
  }
}
