import type { ScreenSize } from '../../../state/screen-plan.js';
import { answerTo, type Need, type Question } from '../../state/effect.js';
import type { Seen, SeenLayer, SeenMaps, SeenMistakes, SeenValue } from '../../state/look-state.js';
import type { Area } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';

/** Rows of the screen that are not the body. */
const FRAME = 5;
const BETWEEN = 2;

/** Room for the picture on the left and the layer on the right. */
export function sides({ columns, rows }: ScreenSize): { readonly left: Area; readonly right: Area } {
  const height = Math.max(1, rows - FRAME);
  const left = Math.max(18, Math.min(36, Math.floor(columns * 0.33)));
  return { left: { width: left, height }, right: { width: Math.max(1, columns - left - BETWEEN), height } };
}

/** The run that is looked into: the one that was chosen, else the latest that has something to show. */
export function lookedRun({ look, runs }: StudioState): string | null {
  if (look.run !== null) return look.run;
  const done = runs.watched.filter(({ brief }) => brief !== null && brief.epoch > 0);
  return done.toSorted((a, b) => (a.brief!.updated < b.brief!.updated ? 1 : -1))[0]?.dir ?? null;
}

/** The picture that was chosen; null for the first test image of what the run was trained on. */
function lookedImage(state: StudioState): string | null {
  const mistakes = answered(state.look.mistakes, mistakesQuestion(state));
  if (state.look.mistake !== null && typeof mistakes === 'object')
    return mistakes.worst[state.look.mistake]?.image ?? null;
  return state.look.image;
}

function answered<T>(answers: Readonly<Record<string, T>>, question: Question | null): T | undefined {
  return question === null ? undefined : answerTo(answers, question);
}

/** A run to be asked about; null until it is known which weights it has to show. */
function askedRun({ look }: StudioState, run: string | null): OfRun | null {
  const version = run === null ? undefined : look.versions[run];
  return version === undefined ? null : { run: run!, version };
}

type OfRun = Readonly<Record<'run' | 'version', string>>;

function seenQuestion(state: StudioState): Question | null {
  const asked = askedRun(state, lookedRun(state));
  return asked === null ? null : { ask: 'seen', ...asked, image: lookedImage(state) };
}

/** Whether the picture that was typed can be seen. */
export function typedQuestion(state: StudioState): Question | null {
  const [asked, image] = [askedRun(state, lookedRun(state)), state.look.typed];
  return asked === null || image === null ? null : { ask: 'seen', ...asked, image };
}

/** What the network makes of the picture; a text says why that is not known. */
export function seenOf(state: StudioState): Seen | string | undefined {
  return answered(state.look.seen, seenQuestion(state));
}

export function seenLayer(state: StudioState): SeenLayer | undefined {
  const seen = seenOf(state);
  return typeof seen === 'object'
    ? seen.layers[Math.min(state.look.layer, seen.layers.length - 1)]
    : undefined;
}

function mapsQuestion(state: StudioState): Question | null {
  const [seen, layer] = [seenOf(state), seenLayer(state)];
  if (typeof seen !== 'object' || layer === undefined) return null;
  const asked = askedRun(state, seen.run);
  if (asked === null) return null;
  const { view } = state.look;
  if (view === 'filters' || view === 'responses') return { ask: view, ...asked, layer: layer.name };
  return { ask: 'maps', ...asked, image: seen.image, layer: layer.name };
}

export function mapsOf(state: StudioState): SeenMaps | string | undefined {
  return answered(state.look.maps, mapsQuestion(state));
}

/** The value that is looked at: [row, column, channel], or [place] of a vector. */
export function placeOf({ look: { place, channel } }: StudioState, { shape }: SeenLayer): readonly number[] {
  return shape.length === 3 ? [...(place ?? [0, 0]), channel] : [channel];
}

/** Whether the maps of a layer tell where something lies. */
export function hasPlaces({ shape }: SeenLayer): boolean {
  return shape.length === 3 && shape[0]! > 1;
}

function valueQuestion(state: StudioState): Question | null {
  const [seen, layer] = [seenOf(state), seenLayer(state)];
  if (typeof seen !== 'object' || layer === undefined || !state.look.isExplained) return null;
  const asked = askedRun(state, seen.run);
  if (asked === null) return null;
  const { image } = seen;
  const at = placeOf(state, layer);
  const { width, height } = sides(state.size).right;
  return { ask: 'value', ...asked, image, layer: layer.name, place: at, width, rows: height - 2 };
}

export function explainedOf(state: StudioState): SeenValue | string | undefined {
  return answered(state.look.values, valueQuestion(state));
}

function mistakesQuestion(state: StudioState): Question | null {
  const asked = askedRun(state, lookedRun(state));
  return asked === null ? null : { ask: 'mistakes', ...asked };
}

export function mistakesOf(state: StudioState): SeenMistakes | string | undefined {
  return answered(state.look.mistakes, mistakesQuestion(state));
}

function evidenceQuestion(state: StudioState): Question | null {
  const [seen, layer] = [seenOf(state), seenLayer(state)];
  if (typeof seen !== 'object' || layer === undefined) return null;
  const asked = askedRun(state, seen.run);
  if (asked === null) return null;
  const { image } = seen;
  if (state.look.view === 'occlusion') return { ask: 'occlusion', ...asked, image };
  return state.look.view === 'gradcam'
    ? { ask: 'gradcam', ...asked, image, layer: hasPlaces(layer) ? layer.name : null }
    : null;
}

export function evidenceOf(state: StudioState) {
  return answered(state.look.evidence, evidenceQuestion(state));
}

/** What is asked for while the pane is in sight, the most urgent first. */
export function lookNeeds(state: StudioState): readonly Need[] {
  const questions = [
    typedQuestion(state),
    state.look.mistake === null ? null : mistakesQuestion(state),
    seenQuestion(state),
    evidenceQuestion(state),
    mapsQuestion(state),
    valueQuestion(state),
  ];
  const run = lookedRun(state);
  const needs = questions.flatMap((question): Need[] =>
    question === null ? [] : [{ need: 'answer', question }],
  );
  return run === null ? needs : [{ need: 'version', run }, ...needs];
}
