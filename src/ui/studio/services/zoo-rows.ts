import { readdirSync, readFileSync, type Stats } from 'node:fs';
import { isDefaultsFile } from '../../../base/files/defaults-file.js';
import { statusOf } from '../../../base/files/folders.js';
import { modelNames } from '../../../models/zoo-names.js';
import type { ZooRow, ZooState } from '../state/zoo-state.js';

/** A config is a page of text. */
const MOST_BYTES = 200_000;
/** What was written so short ago may be written again within what the file system's clock tells apart. */
const YOUNG_MS = 2000;

/** A YAML file of this folder, and what of it tells whether to read it again. */
interface YamlFile {
  readonly version: string;
  readonly isYoung: boolean;
  readonly isModel: boolean;
}

/** The models of the zoo, and YAML files of this folder that are models, as they come and go: a look costs a `stat` a file. */
export class ZooRows {
  #folder = '';
  #names: readonly string[] = [];
  #files: ReadonlyMap<string, YamlFile> = new Map();

  /** The zoo with the rows that there are now, the same where they are as before; their figures come later. */
  look(zoo: ZooState): ZooState {
    this.#list();
    this.#files = new Map(
      this.#names.flatMap((name) => {
        const file = fileOf(name, this.#files.get(name));
        return file === undefined ? [] : [[name, file]];
      }),
    );
    const own = [...this.#files].filter(([, { isModel }]) => isModel);
    return withRows(zoo, [
      ...own.map(([model, { version }]) => ({ model, isOwn: true, version })),
      ...modelNames().map((model) => ({ model, isOwn: false, version: '' })),
    ]);
  }

  /** The names of the YAML files, listed again where the folder has changed. */
  #list(): void {
    const status = statusOf('.');
    const mark = status === undefined ? '' : markOf(status);
    if (mark === this.#folder && !isYoung(status)) return;
    this.#folder = mark;
    try {
      this.#names = readdirSync('.')
        .filter((name) => /\.ya?ml$/.test(name) && !isDefaultsFile(name))
        .sort();
    } catch {
      this.#names = [];
    }
  }
}

function fileOf(name: string, before: YamlFile | undefined): YamlFile | undefined {
  const status = statusOf(name);
  if (!status?.isFile() || status.size > MOST_BYTES) return undefined;
  const version = markOf(status);
  if (before?.version === version && !before.isYoung) return before;
  return { version, isYoung: isYoung(status), isModel: isModel(name) };
}

/** Whether a file is meant as a model: one that is not whole yet is shown too, with what is wrong. */
function isModel(file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8');
    return /^(layers|input):/m.test(text);
  } catch {
    return false;
  }
}

/** Of a row that has changed nothing is known any more. */
function withRows(zoo: ZooState, found: readonly Pick<ZooRow, 'model' | 'isOwn' | 'version'>[]): ZooState {
  const before = new Map(zoo.rows.map((row) => [row.model, row]));
  const rows = found.map((row): ZooRow => {
    const known = before.get(row.model);
    return known?.version === row.version ? known : { ...row, figures: null, problem: null };
  });
  if (rows.length === zoo.rows.length && rows.every((row, i) => row === zoo.rows[i])) return zoo;
  const kept = new Set(rows.filter((row) => before.get(row.model) === row).map(({ model }) => model));
  const details = Object.entries(zoo.details).filter(([model]) => kept.has(model));
  return { ...zoo, rows, details: Object.fromEntries(details) };
}

function markOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`;
}

function isYoung(status: Stats | undefined): boolean {
  return status !== undefined && Math.abs(Date.now() - status.mtimeMs) < YOUNG_MS;
}
