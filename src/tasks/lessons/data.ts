import { locate } from '../../data/load.js';
import type { Lesson } from './lesson.js';

/**
 * The data sets that a lesson needs and that are not on this machine.
 * @param dataDir a folder to look into first
 * @throws UsageError for a data set that is not known
 */
export async function missingData({ data }: Lesson, dataDir: string | undefined): Promise<string[]> {
  const missing: string[] = [];
  for (const name of data) if ((await locate(name, dataDir)).found === undefined) missing.push(name);
  return missing;
}
