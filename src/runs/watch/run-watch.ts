import { readdirSync, type Stats } from 'node:fs';
import { join, relative } from 'node:path';
import { statusOf } from '../../base/files/folders.js';
import { stateOf } from '../../base/machine/owner.js';
import type { StepLine } from '../metrics.js';
import { CONFIG, METRICS, RUN_INFO } from '../run-paths.js';
import { MetricsTail } from './metrics-tail.js';
import { PACE_LINES, type ProgressNow, progressNow } from './progress-now.js';
import { type RunBrief, readBrief } from './run-brief.js';

/**
 * How a run is: `training` while a process trains it, `elsewhere` where that process is of another machine and cannot be
 * seen from here, `gone` where it ended without a word (it was killed), `damaged` where its run.json cannot be read.
 */
export type RunCondition =
  | 'training'
  | 'elsewhere'
  | 'gone'
  | 'damaged'
  | Exclude<RunBrief['status'], 'running'>;

/** A run as the watch finds it. A new object whenever something about it has changed. */
export interface WatchedRun {
  readonly dir: string;
  /** Its folder as seen from the folder that is watched. */
  readonly name: string;
  readonly condition: RunCondition;
  /** null of one that is damaged. */
  readonly brief: RunBrief | null;
  readonly problem: string | null;
  /** null before its first line, and of a run that is over. */
  readonly now: ProgressNow | null;
}

/** Folders in folders, `runs/compare-20260801/lenet5-1`, but no deeper. */
const DEEPEST = 3;
/** What was written so short ago may be written again within what the file system's clock tells apart. */
const YOUNG_MS = 2000;

/** A folder that was looked at, and what of it tells whether to look again. */
interface Folder {
  readonly path: string;
  mark: string;
  inner: readonly string[];
  isRun: boolean;
}

interface Known {
  run: WatchedRun;
  /** Of run.json. */
  mark: string;
  /** Of the folder: a file in it that is replaced changes that. */
  folderMark: string;
  tail: MetricsTail | undefined;
  steps: readonly StepLine[];
}

/** Watches the runs of a folder: a look costs a `stat` a run, and only what has changed is read again. */
export class RunWatch {
  readonly folder: string;
  readonly #folders = new Map<string, Folder>();
  readonly #known = new Map<string, Known>();
  #list: readonly WatchedRun[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  /** By their names; the same array as before where nothing has changed. */
  get runs(): readonly WatchedRun[] {
    return this.#list;
  }

  /**
   * Looks at the folder.
   * @param budgetMs after which it stops and leaves the rest for the next call
   * @returns whether something is left
   */
  look(budgetMs = Number.POSITIVE_INFINITY): { readonly changed: boolean; readonly left: boolean } {
    const until = performance.now() + budgetMs;
    const dirs = this.#runFolders(this.folder, []);
    const there = new Set(dirs);
    let [changed, left] = [false, false];
    for (const dir of [...this.#known.keys()]) {
      if (there.has(dir)) continue;
      this.#known.delete(dir);
      changed = true;
    }
    for (const dir of dirs) {
      if (!this.#known.has(dir) && performance.now() > until) {
        left = true;
        continue;
      }
      if (this.#refresh(dir)) changed = true;
    }
    if (changed) this.#list = [...this.#known.values()].map(({ run }) => run).sort(byName);
    return { changed, left };
  }

  /**
   * The runs in a folder and in those within it, each folder read again only where it has changed.
   * @param around the inodes of the folders that it lies in
   */
  #runFolders(path: string, around: readonly string[]): string[] {
    const status = statusOf(path);
    // A link to one of the folders around it leads to the same runs again.
    if (status === undefined || around.includes(inodeOf(status))) return [];
    const mark = markOf(status);
    let folder = this.#folders.get(path);
    if (folder === undefined || folder.mark !== mark || isYoung(status)) {
      const before = folder;
      folder = readFolder(path, mark);
      if (before?.isRun && folder.isRun) folder.inner = before.inner;
      this.#folders.set(path, folder);
    }
    if (folder.isRun) return [path];
    if (around.length === DEEPEST) return [];
    const here = [...around, inodeOf(status)];
    return folder.inner.flatMap((name) => this.#runFolders(join(path, name), here));
  }

  /** Looks at a run; whether anything about it has changed. */
  #refresh(dir: string): boolean {
    const known = this.#known.get(dir);
    const folder = statusOf(dir);
    if (known !== undefined && folder !== undefined && isAtRest(known, folder)) return false;
    const folderMark = folder === undefined ? '' : markOf(folder);
    const file = statusOf(join(dir, RUN_INFO));
    const mark = file === undefined ? '' : markOf(file);
    if (known === undefined || known.mark !== mark || (file !== undefined && isYoung(file)))
      return this.#readAgain(dir, known, { mark, folderMark });
    known.folderMark = folderMark;
    const isNew = follow(known);
    const run = runOf(known, known.run.brief, known.run.problem);
    if (!isNew && run.condition === known.run.condition) return false;
    known.run = run;
    return true;
  }

  #readAgain(dir: string, known: Known | undefined, marks: Pick<Known, 'mark' | 'folderMark'>): boolean {
    const found = readBrief(join(dir, RUN_INFO));
    const [brief, problem] = 'problem' in found ? [null, found.problem] : [found, null];
    const tail = brief?.status === 'running' ? (known?.tail ?? newTail(dir)) : undefined;
    const name = relative(this.folder, dir) || dir;
    const next: Known = { run: { dir, name, ...EMPTY }, ...marks, tail, steps: known?.steps ?? [] };
    follow(next);
    next.run = runOf(next, brief, problem);
    if (known !== undefined && JSON.stringify(known.run) === JSON.stringify(next.run)) {
      Object.assign(known, { ...marks, steps: next.steps });
      return false;
    }
    this.#known.set(dir, next);
    return true;
  }
}

const EMPTY = { condition: 'damaged', brief: null, problem: null, now: null } as const;

/** Whether a run that nobody trains is as it was: a file that is replaced changes its folder. */
function isAtRest({ run, folderMark }: Known, folder: Stats): boolean {
  const { condition } = run;
  return (
    condition !== 'training' && condition !== 'elsewhere' && folderMark === markOf(folder) && !isYoung(folder)
  );
}

function newTail(dir: string): MetricsTail {
  return new MetricsTail(join(dir, METRICS), { endOnly: true });
}

/** Reads what was added to the metrics of a run that trains; whether that was anything. */
function follow(known: Known): boolean {
  if (known.tail === undefined) return false;
  const { lines, isFresh } = known.tail.read();
  if (lines.length === 0 && !isFresh) return false;
  const steps = lines.filter((line): line is StepLine => line.event === 'step');
  known.steps = [...(isFresh ? [] : known.steps), ...steps].slice(-PACE_LINES);
  return true;
}

function runOf({ steps, run }: Known, brief: RunBrief | null, problem: string | null): WatchedRun {
  const { dir, name } = run;
  const condition = brief === null ? 'damaged' : conditionOf(brief);
  const isLive = condition === 'training' || condition === 'elsewhere' || condition === 'gone';
  return {
    dir,
    name,
    condition,
    brief,
    problem,
    now: isLive && brief !== null ? progressNow(brief, steps) : null,
  };
}

function conditionOf({ status, owner }: RunBrief): RunCondition {
  if (status !== 'running') return status;
  const state = stateOf(owner);
  return state === 'alive' ? 'training' : state;
}

function readFolder(path: string, mark: string): Folder {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    const names = new Set(entries.map(({ name }) => name));
    const isRun = names.has(RUN_INFO) && names.has(CONFIG);
    const inner = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.'));
    return { path, mark, isRun, inner: inner.map(({ name }) => name) };
  } catch {
    return { path, mark, isRun: false, inner: [] };
  }
}

function markOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`;
}

function inodeOf({ dev, ino }: Stats): string {
  return `${dev} ${ino}`;
}

function isYoung({ mtimeMs }: Stats): boolean {
  return Math.abs(Date.now() - mtimeMs) < YOUNG_MS;
}

function byName(a: WatchedRun, b: WatchedRun): number {
  return a.name < b.name ? -1 : 1;
}
