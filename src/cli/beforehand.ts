import { requireOutFile } from '../base/files/out-file.js';
import { isSetting } from '../base/text/settings.js';
import { requireFormulationUse } from '../engines/formulation.js';
import { GLOBAL_OPTIONS, type Options } from './options.js';

/**
 * What is looked at before any command does its work, which may take hours: where its results are to be written, and what
 * the environment asks of what computes.
 * @throws UsageError
 */
export function requireBeforehand(options: Options, values: Readonly<Record<string, unknown>>): void {
  for (const [key, { writes }] of Object.entries<Options[string]>({ ...GLOBAL_OPTIONS, ...options })) {
    const file = values[key];
    if (writes && typeof file === 'string' && isSetting(key)) requireOutFile(key, file);
  }
  if (options.engine !== undefined)
    requireFormulationUse(String(values.engine ?? 'auto'), String(values.device ?? 'auto'));
}
