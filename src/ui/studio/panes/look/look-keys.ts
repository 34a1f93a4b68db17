import { openPrompt } from '../../overlays/prompt.js';
import { lineOf } from '../../parts/words.js';
import { withAnswer } from '../../services/answer.js';
import { keyOfQuestion } from '../../state/effect.js';
import { BEGINNING, type LookState, type LookView } from '../../state/look-state.js';
import type { PromptOverlay } from '../../state/overlay.js';
import { type Binding, type Direction, type KeyHint, type Step, step } from '../../state/pane.js';
import { type StudioState, saying } from '../../state/studio-state.js';
import {
  hasPlaces,
  lookedRun,
  mapsOf,
  mistakesOf,
  placeOf,
  seenLayer,
  seenOf,
  typedQuestion,
} from './look-at.js';

const isSeen = (state: StudioState) => typeof seenOf(state) === 'object';
const hasRun = (state: StudioState) => lookedRun(state) !== null;

function withLook(state: StudioState, changes: Partial<LookState>): StudioState {
  return { ...state, look: { ...state.look, ...changes } };
}

const VIEWS: readonly LookView[] = ['maps', 'filters', 'responses', 'gradcam', 'occlusion'];

/** The command line that shows the same as the pane. */
function viewLine(state: StudioState): string | null {
  const [seen, layer] = [seenOf(state), seenLayer(state)];
  if (typeof seen !== 'object' || layer === undefined) return null;
  const { run, image } = seen;
  if (state.look.isExplained)
    return lineOf(['apply', run, image, '--layer', layer.name, '--at', placeOf(state, layer).join(',')]);
  switch (state.look.view) {
    case 'maps':
      return lineOf(['visualize', 'features', run, image, '--layer', layer.name]);
    case 'filters':
      return lineOf(['visualize', 'filters', run]);
    case 'responses':
      return lineOf(['visualize', 'responses', run, '--layer', layer.name]);
    case 'gradcam':
      return lineOf([
        'visualize',
        'gradcam',
        run,
        image,
        ...(hasPlaces(layer) ? ['--layer', layer.name] : []),
      ]);
    case 'occlusion':
      return lineOf(['visualize', 'occlusion', run, image]);
  }
}

function said(state: StudioState, line: string | null): StudioState {
  return line === null ? state : { ...state, said: { line, text: '', tone: 'quiet' } };
}

/** The next picture or the one before: of the mistakes where those are gone through, else by its number in the data set. */
function nextPicture(state: StudioState, by: number): Step {
  const mistakes = mistakesOf(state);
  if (state.look.mistake !== null && typeof mistakes === 'object') {
    const mistake = Math.max(0, Math.min(mistakes.worst.length - 1, state.look.mistake + by));
    return step(withLook(state, { mistake, place: null, isExplained: false }));
  }
  const seen = seenOf(state);
  const image = typeof seen === 'object' ? seen.image : state.look.image;
  const [, head, number] = /^(.*:)(\d+)$/.exec(image ?? '') ?? [];
  if (head === undefined)
    return step(saying(state, 'This picture has no number: o opens another.', 'warning'));
  const next = withLook(state, {
    image: head + Math.max(0, Number(number) + by),
    place: null,
    isExplained: false,
  });
  return step(said(next, predictLine(next)));
}

function predictLine(state: StudioState): string | null {
  const run = lookedRun(state);
  return run === null || state.look.image === null ? null : lineOf(['predict', run, state.look.image]);
}

/**
 * Asks for the picture that was typed: a number of the data set, a class as `=seven`, an image's name, or a file. The prompt
 * stays until it is there, and what was shown before stays until then.
 */
export function openPicture(state: StudioState, prompt: PromptOverlay): StudioState {
  const text = prompt.input.text.trim();
  if (text === '') return withoutTyped(state);
  const run = state.runs.watched.find(({ dir }) => dir === lookedRun(state));
  const dataset = run?.brief?.dataset.name ?? '';
  const isShort = /^(\d+|=.+)$/.test(text);
  const image = isShort ? `${dataset}:test:${text}` : text;
  const next = withLook(state, { typed: image });
  const question = typedQuestion(next);
  const remark = { text: `Looking at ${image}.`, tone: 'quiet' as const };
  const asking = { ...next, overlay: { ...prompt, remark } };
  const key = question === null ? '' : keyOfQuestion(question);
  const known = state.look.seen[key];
  if (typeof known === 'object') return withAnswer(asking, question!, { found: known });
  // What was wrong with it before may be right by now.
  const seen = Object.fromEntries(Object.entries(state.look.seen).filter(([one]) => one !== key));
  return withLook(asking, { seen });
}

/** Whoever types on, or leaves the prompt, wants another picture than the one that was typed. */
export function withoutTyped(state: StudioState): StudioState {
  return state.look.typed === null ? state : withLook(state, { typed: null });
}

/** With the command line of what is shown by now. */
function following(state: StudioState): StudioState {
  const line = viewLine(state);
  return line === null ? { ...state, said: null } : said(state, line);
}

/** One step back: from the arithmetic to its value, from a value to its channel, from the mistakes; null where there is none. */
export function backInLook(state: StudioState): StudioState | null {
  const { look } = state;
  if (look.isExplained) return following(withLook(state, { isExplained: false }));
  if (look.place !== null) return withLook(state, { place: null });
  return look.mistake === null ? null : following(withLook(state, { mistake: null }));
}

/** What the keys that move do while values are gone over, for the footer. */
export function lookHints({ look }: StudioState): readonly KeyHint[] {
  if (look.isExplained)
    return [
      { key: look.place === null ? 'up down' : 'arrows', label: 'value' },
      { key: 'esc enter', label: 'back' },
    ];
  if (look.place === null) return [];
  return [
    { key: 'arrows', label: 'value' },
    { key: 'enter', label: 'arithmetic' },
    { key: 'esc', label: 'back' },
  ];
}

function enter(state: StudioState): Step {
  const { place, isExplained } = state.look;
  const layer = seenLayer(state)!;
  if (isExplained) return step(following(withLook(state, { isExplained: false })));
  const isMap = layer.shape.length === 3;
  if (place === null && isMap) {
    const middle = [Math.floor(layer.shape[0]! / 2), Math.floor(layer.shape[1]! / 2)] as const;
    return step(withLook(state, { place: middle, view: 'maps' }));
  }
  return step(following(withLook(state, { isExplained: true, view: 'maps' })));
}

/** The most useful first: where the screen is narrow, the footer has the first ones alone. */
export const lookKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    label: 'value',
    help: 'Go over the values of the channel by the arrows; again: the window under a value and its arithmetic',
    isOpen: (state) => seenLayer(state) !== undefined,
    act: enter,
  },
  {
    keys: ['v'],
    label: 'view',
    help: 'What channels make of the picture, their filters, the pictures that excite them most, or where the evidence lies: by Grad-CAM, by covering parts',
    isOpen: isSeen,
    act(state) {
      const view = VIEWS[(VIEWS.indexOf(state.look.view) + 1) % VIEWS.length]!;
      const next = withLook(state, { view, place: null, isExplained: false });
      return step(following(next));
    },
  },
  {
    keys: ['m'],
    label: 'mistakes',
    help: 'Go through the pictures that the network is most wrong about, or no longer',
    isOpen: hasRun,
    line: (state) => lineOf(['visualize', 'mistakes', lookedRun(state) ?? 'RUN']),
    act(state) {
      const isOn = state.look.mistake !== null;
      const next = withLook(state, { mistake: isOn ? null : 0, place: null, isExplained: false });
      return step(isOn ? following(next) : said(next, lineOf(['visualize', 'mistakes', lookedRun(state)!])));
    },
  },
  {
    keys: ['n', 'p'],
    shown: 'n p',
    label: 'next',
    help: 'The next picture of the data set, or the one before; of the mistakes where those are gone through',
    isOpen: isSeen,
    act: (state, key) => nextPicture(state, key === 'n' ? 1 : -1),
  },
  {
    keys: ['o'],
    label: 'open',
    help: 'Another picture: its number, a class as =7, an image as mnist:test:7, or a file',
    isOpen: hasRun,
    act: (state) => step(openPrompt(state, 'picture')),
  },
  {
    keys: ['[', ']'],
    shown: '[ ]',
    label: 'run',
    help: 'Look into another run',
    isQuiet: true,
    isOpen: hasRun,
    act(state, key) {
      const dirs = state.runs.watched.filter(({ brief }) => (brief?.epoch ?? 0) > 0).map(({ dir }) => dir);
      const at = dirs.indexOf(lookedRun(state)!) + (key === ']' ? 1 : -1);
      const run = dirs[(at + dirs.length) % dirs.length] ?? null;
      const next = withLook(state, {
        run,
        ...BEGINNING,
      });
      // What was said was of the other run.
      return step({ ...next, said: null });
    },
  },
];

/** Left and right go through the layers, up and down through their channels; where values are gone over, over those. */
export function moveLook(state: StudioState, direction: Direction): StudioState | null {
  const layer = seenLayer(state);
  const seen = seenOf(state);
  if (layer === undefined || typeof seen !== 'object') return state;
  const { look } = state;
  const [dy, dx] = DELTAS[direction];
  if (look.place !== null) {
    const [height, width] = layer.shape as [number, number];
    const place = [clamped(look.place[0] + dy, height - 1), clamped(look.place[1] + dx, width - 1)] as const;
    const next = withLook(state, { place });
    return look.isExplained ? following(next) : next;
  }
  if (dx !== 0) {
    const at = clamped(look.layer + dx, seen.layers.length - 1);
    const next = withLook(state, { layer: at, channel: 0, isExplained: false });
    return following(next);
  }
  const maps = mapsOf(state);
  const channels = typeof maps === 'object' ? maps.maps.length : layer.shape.at(-1)!;
  const next = withLook(state, { channel: clamped(look.channel + dy, channels - 1) });
  return look.isExplained ? following(next) : next;
}

/** Down and across. */
const DELTAS: Readonly<Record<Direction, readonly [number, number]>> = {
  up: [-1, 0],
  down: [1, 0],
  left: [0, -1],
  right: [0, 1],
  pageup: [-8, 0],
  pagedown: [8, 0],
  home: [0, -Infinity],
  end: [0, Infinity],
};

function clamped(place: number, last: number): number {
  return Math.max(0, Math.min(last, place));
}
