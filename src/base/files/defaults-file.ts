import { basename } from 'node:path';

/** What a folder's defaults are in: flags that need not be typed there. */
export const DEFAULTS_FILE = 'cnnzoo.yaml';
/** The other ending of YAML files, which is not read. */
export const MISNAMED_DEFAULTS = 'cnnzoo.yml';

/** Whether a path has the name of a folder's defaults, in either spelling of the ending: no model's file may. */
export function isDefaultsFile(path: string): boolean {
  return [DEFAULTS_FILE, MISNAMED_DEFAULTS].includes(basename(path));
}
