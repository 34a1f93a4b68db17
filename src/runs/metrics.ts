import { type FileHandle, open, readFile } from 'node:fs/promises';
import { codeOf } from '../base/errors.js';
import { asWriteError, type Writing, writeBytes, writeWholeText } from '../base/files/files.js';
import type { EpochRecord, RunProgress } from './progress.js';

/** Means over the steps since the line before. */
export interface StepLine {
  readonly event: 'step';
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  /** Of the whole run so far. */
  readonly seconds: number;
}

interface EpochLine extends EpochRecord {
  readonly event: 'epoch';
}

export type MetricsLine = StepLine | EpochLine;

/** Step lines in an epoch, at most. */
const LINES_PER_EPOCH = 100;

/** Steps from one step line to the next. */
export function lineInterval(stepsPerEpoch: number): number {
  return Math.max(1, Math.ceil(stepsPerEpoch / LINES_PER_EPOCH));
}

/** metrics.jsonl: lines are added as they come, and taken back where a run goes on from before them. */
export class MetricsLog {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #writing: Writing;

  private constructor(path: string, handle: FileHandle, writing: Writing) {
    this.#path = path;
    this.#handle = handle;
    this.#writing = writing;
  }

  /** Opens the file for more lines, without those that are later than `progress` and one that a kill has torn. */
  static async open(path: string, progress: RunProgress, writing: Writing): Promise<MetricsLog> {
    const text = await readText(path);
    const kept = readLines(text).filter((line) => isBefore(line, progress));
    const wanted = kept.map(asText).join('');
    if (wanted !== text) await writeWholeText(path, writing, wanted);
    try {
      return new MetricsLog(path, await open(path, 'a'), writing);
    } catch (error) {
      throw asWriteError(path, writing, error);
    }
  }

  /** @throws WorkError where the disk is full. */
  async append(line: MetricsLine): Promise<void> {
    await this.#guarded(() => writeBytes(this.#handle, Buffer.from(asText(line))));
  }

  /** Brings all lines to the disk. */
  async flush(): Promise<void> {
    await this.#guarded(() => this.#handle.datasync());
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw asWriteError(this.#path, this.#writing, error);
    }
  }
}

/** The lines of a metrics.jsonl; one that is not whole is left out. */
export function readLines(text: string): MetricsLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as MetricsLine | null;
      return value?.event === 'step' || value?.event === 'epoch' ? [value] : [];
    } catch {
      return [];
    }
  });
}

function isBefore(line: MetricsLine, { epoch, step }: RunProgress): boolean {
  if (line.epoch <= epoch) return true;
  return line.event === 'step' && line.epoch === epoch + 1 && line.step <= step;
}

function asText(line: MetricsLine): string {
  return `${JSON.stringify(line)}\n`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
