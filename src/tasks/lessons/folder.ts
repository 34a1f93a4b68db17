import { readdirSync, rmdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, messageOf, UsageError, WorkError } from '../../base/errors.js';
import { isThere, makeFolders } from '../../base/files/folders.js';
import { setting } from '../../base/text/settings.js';
import type { Lesson } from './lesson.js';

/** Where lessons put what they make, below the current folder. */
const LESSONS = 'lessons';

/**
 * A new folder for what a lesson makes: the one that was asked for, else `lessons/NAME`, or `lessons/NAME-2` where there is one from
 * before, and so on.
 * @throws UsageError where the one that was asked for has something in it
 */
export function freeFolder({ name }: Lesson, wanted: string | undefined): string {
  if (wanted !== undefined) {
    if (isFree(wanted)) return wanted;
    throw new UsageError(
      `${wanted} is not empty, and a lesson begins in a folder of its own: name another one with ${setting('runDir')}.`,
    );
  }
  for (let i = 1; ; i++) {
    const folder = join(LESSONS, i === 1 ? name : `${name}-${i}`);
    if (isFree(folder)) return folder;
  }
}

function isFree(folder: string): boolean {
  if (!isThere(folder)) return true;
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}

/**
 * The folder, where a lesson left something in it; null, and it is gone, where it did not.
 * @param wasThere whether the user had made it: then it stays
 */
export function keptFolder(folder: string, wasThere: boolean): string | null {
  if (!isFree(folder)) return folder;
  if (wasThere) return null;
  for (const empty of [folder, ...(dirname(folder) === LESSONS ? [LESSONS] : [])]) {
    try {
      rmdirSync(empty);
    } catch {
      // Others are in it.
      break;
    }
  }
  return null;
}

/** Makes a lesson's folder, with the files that its commands need. @throws WorkError where the system refuses */
export async function prepareFolder(folder: string, { files }: Lesson): Promise<void> {
  try {
    await makeFolders(folder);
    for (const { name, path } of files) {
      await copyFile(path, join(folder, name));
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new WorkError(
      `The lesson's folder ${folder} could not be made: ${messageOf(error)}. Name another one with ${setting('runDir')}.`,
    );
  }
}
