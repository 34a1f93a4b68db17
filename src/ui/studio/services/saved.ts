import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { temporaryName } from '../../../base/files/files.js';
import { EMPTY_LIST, type ListState } from '../state/list-state.js';
import { PANE_NAMES, type StudioState } from '../state/studio-state.js';
import { stateFolder } from './places.js';

/** Folders whose state is kept. */
const MOST_FOLDERS = 50;

interface Saved {
  readonly folders: Readonly<Record<string, SavedFolder>>;
  readonly history: readonly string[];
}

type SavedFolder = ReturnType<typeof savedOf>;

function fileOf(env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), 'studio.json');
}

/** What is kept of a state for the next start. */
function savedOf({ pane, lists, zoo, runs, look }: StudioState) {
  return {
    pane,
    lists,
    zoo: { view: zoo.view },
    runs: { axis: runs.axis },
    look: { run: look.run, image: look.image, view: look.view },
  };
}

/** Whether two states would be kept as the same. */
export function isKeptSame(a: StudioState, b: StudioState): boolean {
  if (a.pane === b.pane && a.lists === b.lists && a.zoo === b.zoo && a.runs === b.runs && a.look === b.look)
    return a.history === b.history;
  return a.history === b.history && JSON.stringify(savedOf(a)) === JSON.stringify(savedOf(b));
}

/** Keeps a state; where that cannot be written nothing is lost but the comfort. */
export function saveState(state: StudioState, env: NodeJS.ProcessEnv = process.env): void {
  const path = fileOf(env);
  const before = readAll(path);
  const { [resolve(state.folder)]: _, ...others } = before.folders;
  const folders = Object.entries(others).slice(-MOST_FOLDERS + 1);
  const all: Saved = {
    folders: { ...Object.fromEntries(folders), [resolve(state.folder)]: savedOf(state) },
    history: state.history,
  };
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = temporaryName(path);
    writeFileSync(temporary, `${JSON.stringify(all)}\n`, { flag: 'wx' });
    renameSync(temporary, path);
  } catch {
    // A home that may not be written to.
  }
}

/** The state of the last time in this folder, as far as it can be read. */
export function withSaved(state: StudioState, env: NodeJS.ProcessEnv = process.env): StudioState {
  const { folders, history } = readAll(fileOf(env));
  const saved = folders[resolve(state.folder)];
  const next = { ...state, history };
  if (saved === undefined) return next;
  const pane = PANE_NAMES.find((name) => name === saved.pane) ?? state.pane;
  return {
    ...next,
    pane,
    focus: pane === 'look' ? 'detail' : 'list',
    lists: Object.fromEntries(
      PANE_NAMES.map((name) => [name, listOf(saved.lists?.[name], state.lists[name])]),
    ) as StudioState['lists'],
    zoo: { ...state.zoo, view: oneOf(saved.zoo?.view, ['layers', 'drawing']) ?? state.zoo.view },
    runs: {
      ...state.runs,
      axis: oneOf(saved.runs?.axis, ['epochs', 'seconds']) ?? state.runs.axis,
    },
    look: {
      ...state.look,
      run: textOf(saved.look?.run),
      image: textOf(saved.look?.image),
      view:
        oneOf(saved.look?.view, ['maps', 'filters', 'responses', 'gradcam', 'occlusion']) ?? state.look.view,
    },
  };
}

function readAll(path: string): Saved {
  const nothing: Saved = { folders: {}, history: [] };
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Saved> | null;
    if (typeof value?.folders !== 'object' || value.folders === null) return nothing;
    const history = Array.isArray(value.history)
      ? value.history.filter((line) => typeof line === 'string')
      : [];
    return { folders: value.folders, history };
  } catch {
    return nothing;
  }
}

function listOf(saved: Partial<ListState> | undefined, usual: ListState): ListState {
  if (typeof saved !== 'object' || saved === null) return usual;
  const marks = Array.isArray(saved.marks) ? saved.marks.filter((mark) => typeof mark === 'string') : [];
  return {
    ...EMPTY_LIST,
    cursor: textOf(saved.cursor),
    filter: textOf(saved.filter) ?? '',
    sort: textOf(saved.sort),
    isDescending: saved.isDescending === true,
    marks,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === value);
}
