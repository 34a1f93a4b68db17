import { messageOf } from '../../base/errors.js';
import { placeOf, sizeOf } from '../../base/tensor.js';
import { isLightGround } from '../../data/pictures/ground.js';
import type { GraphNode } from '../../models/graph/graph.js';
import type { PagePayload } from '../../tasks/export/page-payload.js';
import { about } from './about.js';
import { Pad } from './input/pad.js';
import { centred, pictureBytes, scaledInk } from './input/prepare.js';
import { decodePicture, pictureInput, pictureStrip } from './input/sources.js';
import { Columns } from './layers/columns.js';
import { Detail } from './layers/detail.js';
import { Tip } from './layers/tip.js';
import type { Answer, PageNetwork } from './network/network.js';
import { Bars } from './parts/bars.js';
import { paintPicture, readTheme } from './parts/colours.js';
import { contextOf, h } from './parts/dom.js';
import type { Place } from './parts/sheet.js';

/** Milliseconds that a picture may take while it is being drawn, for all maps to follow the pen. */
const LIVE_MS = 20;

const HOW_TO_READ =
  'Maps are to scale; those under 14 pixels are enlarged. Blue is below zero, orange above. Tap a value to see how it comes about. With the keyboard, arrow keys go through layers and maps, and Enter opens one.';

/** What is to be looked at. */
interface Sight {
  /** Asked for once it is its turn. */
  readonly bytes: () => Uint8Array;
  /** In words: "test picture mnist:test:7, a 9". */
  readonly name: string;
  readonly truth: number | null;
  /** Whether more of it is to come at once. */
  readonly isDrawing: boolean;
}

/** All that is on the page, and what happens there. */
export class View {
  readonly #payload: PagePayload;
  readonly #network: PageNetwork;
  readonly #bars: Bars;
  readonly #columns: Columns;
  readonly #detail: Detail;
  readonly #tip: Tip;
  readonly #state: HTMLElement;
  readonly #pad: Pad | null;
  readonly #seen: HTMLCanvasElement;
  readonly #centre = h('input', { type: 'checkbox', id: 'centre' });
  readonly #invert = h('input', { type: 'checkbox', id: 'invert' });
  #picture: { readonly image: ImageData; readonly name: string } | null = null;
  #waiting: Sight | null = null;
  #isRunning = false;
  #isPending = false;
  #answer: Answer | null = null;
  #answers = 0;
  #chosen: { node: GraphNode; place: Place | null };

  constructor(payload: PagePayload, network: PageNetwork, state: HTMLElement) {
    readTheme();
    this.#payload = payload;
    const [height, width] = network.graph.input;
    this.#seen = h('canvas', {
      height,
      width,
      role: 'img',
      'aria-label': 'What the network sees',
      id: 'seen',
    });
    this.#network = network;
    this.#state = state;
    const { graph } = network;
    const { preparation } = payload;
    const choose = (node: GraphNode, place: Place) => this.#choose(node, place);
    this.#bars = new Bars(payload.facts.labels, this.#seen);
    this.#detail = new Detail(network, { choose });
    this.#tip = new Tip(network);
    this.#columns = new Columns(graph, {
      choose,
      hover: (node, channel, event) => this.#tip.show(node, channel, event),
      enter: () => this.#detail.focus(),
    });
    this.#pad =
      graph.input[2] === 1 ? new Pad(preparation.lightOnDark, (isDrawing) => this.#drawn(isDrawing)) : null;
    this.#centre.checked = preparation.centred;
    this.#centre.addEventListener('change', () => this.#drawn(false));
    this.#invert.addEventListener('change', () => this.#showPicture());
    const first = graph.nodes.find(({ weights }) => weights.length > 0) ?? graph.nodes[0]!;
    this.#chosen = { node: first, place: null };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      readTheme();
      this.#paint();
    });
  }

  /** Puts all of it into the page. */
  mount(page: HTMLElement): void {
    const answer = section('answer', 'Answer', this.#bars.element, this.#state);
    const layers = section(
      'network',
      'Layers',
      h('p', { class: 'quiet' }, HOW_TO_READ),
      this.#columns.element,
    );
    const draw = this.#pad === null ? [] : [this.#drawSection(this.#pad)];
    const top = h(
      'div',
      { class: this.#pad === null ? 'top' : 'top drawn' },
      ...draw,
      answer,
      this.#pictureSection(),
    );
    page.append(top, layers, this.#detail.element, about(this.#payload, this.#network.backend));
    document.body.append(this.#tip.element);
  }

  #drawSection(pad: Pad): HTMLElement {
    const centre = h('label', { class: 'check' }, this.#centre, ' Scale and centre it as MNIST’s digits are');
    return section('draw', 'Draw', pad.element, centre);
  }

  #pictureSection(): HTMLElement {
    const { pictures, facts } = this.#payload;
    const { graph } = this.#network;
    const parts: HTMLElement[] = [];
    // The network may have learned other classes than the pictures are of.
    const classOf = (label: string) => (facts.labels.includes(label) ? facts.labels.indexOf(label) : null);
    if (pictures !== null) {
      const strip = pictureStrip(pictures, graph, (picture, bytes) => {
        this.#picture = null;
        const name = `Test picture ${picture.name}: ${picture.label}`;
        this.#see({ bytes: () => bytes, name, truth: classOf(picture.label), isDrawing: false });
      });
      parts.push(strip, h('p', { class: 'quiet' }, `Test pictures of ${pictures.dataset}.`));
    }
    // A browser's pictures have one channel or three.
    if (graph.input[2] === 1 || graph.input[2] === 3) {
      const invert = h('label', { class: 'check' }, this.#invert, ' Invert it');
      const choose = pictureInput((file) => void this.#take(file));
      parts.push(
        h('div', { class: 'tools' }, choose, invert),
        h('p', { class: 'quiet' }, 'Or drop one anywhere on this page, or paste it.'),
      );
    }
    return section('pictures', 'Pictures', ...parts);
  }

  /** Looks at the first test picture, or at an empty input. */
  begin(): void {
    const button = document.querySelector<HTMLButtonElement>('.strip button');
    if (button) button.click();
    else this.#drawn(false);
  }

  #drawn(isDrawing: boolean): void {
    this.#picture = null;
    const name = this.#pad === null || this.#pad.isEmpty ? 'An empty picture' : 'What you drew';
    this.#see({ bytes: () => this.#drawnBytes(), name, truth: null, isDrawing });
  }

  #drawnBytes(): Uint8Array {
    const { input } = this.#network.graph;
    if (this.#pad === null) return new Uint8Array(sizeOf(input));
    const ink = this.#pad.ink();
    const size = [input[0], input[1]] as const;
    const bytes = this.#centre.checked ? centred(ink, size) : scaledInk(ink, size);
    return this.#payload.preparation.lightOnDark ? bytes : bytes.map((value) => 255 - value);
  }

  async #take(file: File): Promise<void> {
    try {
      this.#picture = { image: await decodePicture(file), name: file.name };
    } catch {
      this.#state.textContent = `${file.name} is no picture that this browser can read.`;
      return;
    }
    this.#showPicture();
  }

  #showPicture(): void {
    if (this.#picture === null) return;
    const { image, name } = this.#picture;
    const bytes = pictureBytes(image, this.#network.graph.input, this.#payload.facts.resize);
    const shown = this.#invert.checked ? bytes.map((value) => 255 - value) : bytes;
    const isLight = this.#payload.preparation.lightOnDark && isLightGround(shown, this.#network.graph.input);
    const hint = isLight
      ? `${name}, which has a light ground where the network has learned from bright things on black (try to invert it)`
      : name;
    this.#see({ bytes: () => shown, name: hint, truth: null, isDrawing: false });
  }

  /** Computes what is to be seen; what comes while it does waits, and the last of it counts. */
  #see(sight: Sight): void {
    this.#waiting = sight;
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#waiting !== null) {
        const sight: Sight = this.#waiting;
        this.#waiting = null;
        // One answer a frame is as many as can be seen.
        if (sight.isDrawing) await new Promise((resolve) => requestAnimationFrame(resolve));
        const answer = await this.#network.run(sight.bytes());
        this.#show(answer, sight);
      }
    } catch (error) {
      this.#state.textContent = `The network could not be computed: ${messageOf(error)}`;
    } finally {
      this.#isRunning = false;
    }
  }

  #show(answer: Answer, { name, truth, isDrawing }: Sight): void {
    this.#answer = answer;
    const best = this.#bars.show(answer.probabilities, truth);
    contextOf(this.#seen).putImageData(paintPicture(answer.bytes, this.#network.graph.input), 0, 0);
    const { dataset } = document.body;
    dataset.answers = String(++this.#answers);
    dataset.answeredAt ??= String(performance.now());
    if (isDrawing) {
      if (answer.ms <= LIVE_MS) this.#columns.show(answer);
      return;
    }
    this.#state.textContent = `${name}. The answer is ${best}, after ${answer.ms < 10 ? answer.ms.toFixed(1) : Math.round(answer.ms)} ms.`;
    this.#paint();
  }

  /** Draws maps and details at the next frame. */
  #paint(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    requestAnimationFrame(() => {
      this.#isPending = false;
      if (this.#answer === null) return;
      this.#columns.show(this.#answer);
      this.#chosen.place ??= this.#strongest(this.#chosen, this.#answer);
      this.#showChosen();
      document.body.dataset.painted = String(this.#answers);
    });
  }

  #choose(node: GraphNode, place: Place): void {
    this.#chosen = { node, place };
    this.#showChosen();
  }

  /** Before anybody has chosen one, the strongest value of a map: one that has something to show. */
  #strongest({ node }: { readonly node: GraphNode }, { outputs }: Answer): Place {
    const { data, shape } = outputs.get(node.name)!;
    const index = data.reduce((best, value, i) => (Math.abs(value) > Math.abs(data[best]!) ? i : best), 0);
    const [row, column, channel] = shape.length === 3 ? placeOf(index, shape) : [0, 0, index];
    return [channel!, row!, column!];
  }

  #showChosen(): void {
    const { node, place } = this.#chosen;
    if (place === null) return;
    this.#columns.mark(node, place[0]);
    if (this.#answer !== null) this.#detail.show(this.#answer, node, place);
  }
}

function section(id: string, title: string, ...parts: readonly HTMLElement[]): HTMLElement {
  const heading = h('h2', { id: `${id}-heading` }, title);
  return h('section', { class: `${id}-section`, 'aria-labelledby': `${id}-heading` }, heading, ...parts);
}
