import type { Raster } from '../../../base/raster.js';
import { commandLine } from '../../../base/text/settings.js';
import type { DatasetSheet } from '../state/data-state.js';
import { keyOfQuestion, keyOfVersions, type Question } from '../state/effect.js';
import type { Seen, SeenMaps, SeenMistakes, SeenValue } from '../state/look-state.js';
import type { StudioState } from '../state/studio-state.js';

/** What the worker answers to each kind of question. */
export interface Answers {
  readonly sheet: DatasetSheet;
  readonly seen: Seen;
  readonly maps: SeenMaps;
  readonly filters: SeenMaps;
  readonly value: SeenValue;
  readonly mistakes: SeenMistakes;
  readonly responses: SeenMaps;
  readonly gradcam: { readonly raster: Raster; readonly words: string };
  readonly occlusion: Answers['gradcam'];
}

export type Answer = { readonly found: Answers[keyof Answers] } | { readonly problem: string };

/** Answers of a kind that are kept; maps of large layers take a megabyte or two. */
const MOST = {
  sheet: 12,
  seen: 40,
  maps: 12,
  filters: 12,
  value: 200,
  mistakes: 8,
  responses: 12,
  gradcam: 20,
  occlusion: 20,
} as const;

/** The state with an answer in its place. */
export function withAnswer(state: StudioState, question: Question, answer: Answer): StudioState {
  const value = ('found' in answer ? answer.found : answer.problem) as never;
  const [key, versions] = [keyOfQuestion(question), keyOfVersions(question)];
  const put = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries([
      ...Object.entries(record)
        .filter(([one]) => !one.startsWith(versions))
        .slice(-MOST[question.ask] + 1),
      [key, value as T],
    ]);
  const { data, look } = state;
  switch (question.ask) {
    case 'sheet':
      return { ...state, data: { ...data, sheets: put(data.sheets) } };
    case 'seen':
      return tried({ ...state, look: { ...look, seen: put(look.seen) } }, question.image, answer);
    case 'maps':
    case 'filters':
    case 'responses':
      return { ...state, look: { ...look, maps: put(look.maps) } };
    case 'value':
      return { ...state, look: { ...look, values: put(look.values) } };
    case 'mistakes':
      return { ...state, look: { ...look, mistakes: put(look.mistakes) } };
    case 'gradcam':
    case 'occlusion':
      return { ...state, look: { ...look, evidence: put(look.evidence) } };
  }
}

/** Goes over to the picture that was typed, once it is there; what is wrong with it is said where it was typed. */
function tried(state: StudioState, image: string | null, answer: Answer): StudioState {
  const { look, overlay } = state;
  const prompt = overlay?.kind === 'prompt' && overlay.purpose === 'picture' ? overlay : null;
  if (look.typed === null || look.typed !== image || prompt === null) return state;
  if ('problem' in answer) {
    const remark = { text: answer.problem, tone: 'bad' as const };
    return { ...state, look: { ...look, typed: null }, overlay: { ...prompt, remark } };
  }
  const seen = answer.found as Seen;
  const line = commandLine('predict', { words: [seen.run, seen.image] });
  return {
    ...state,
    look: { ...look, typed: null, image, mistake: null, place: null, isExplained: false },
    overlay: null,
    said: { line, text: '', tone: 'quiet' },
  };
}

/** Whether a question has been answered. */
export function isAnswered({ data, look }: StudioState, question: Question): boolean {
  const records: Readonly<Record<Question['ask'], Readonly<Record<string, unknown>>>> = {
    sheet: data.sheets,
    seen: look.seen,
    maps: look.maps,
    filters: look.maps,
    value: look.values,
    mistakes: look.mistakes,
    responses: look.maps,
    gradcam: look.evidence,
    occlusion: look.evidence,
  };
  return keyOfQuestion(question) in records[question.ask];
}
