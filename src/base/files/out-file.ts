import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../errors.js';
import { type Setting, setting, shellWord } from '../text/settings.js';
import { statusOf } from './folders.js';

/**
 * Checks where a result is to be written, before any work is done for it.
 * @param key the setting that names it
 * @throws UsageError, with the way out, where the folder around it is missing, none, or may not be written to
 */
export function requireFolderAround(key: Setting, path: string): void {
  const folder = dirname(path);
  const status = statusOf(folder);
  const refuse = (why: string) => new UsageError(`${setting(key, path)}: ${why}`);
  if (status === undefined)
    throw refuse(`there is no folder ${folder}. Make it first: mkdir -p ${shellWord(folder)}`);
  if (!status.isDirectory()) throw refuse(`${folder} is a file, not a folder.`);
  if (!isWritable(folder)) throw refuse(`the folder ${folder} may not be written to. Take another one.`);
}

/** The same for what is to be a file: what lies there must be no folder. @throws UsageError */
export function requireOutFile(key: Setting, file: string): void {
  requireFolderAround(key, file);
  if (statusOf(file)?.isDirectory()) throw new UsageError(`${setting(key, file)}: that is a folder.`);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
