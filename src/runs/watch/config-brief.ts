import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { withRegularSync } from '../../base/files/files.js';
import type { ResolvedConfig } from '../run-config.js';
import { CONFIG } from '../run-paths.js';

/**
 * The config.yaml of a run as it stands, for a list that looks at hundreds of them: it is not checked, where a command that
 * opens the run checks everything.
 * @returns null where it cannot be read
 */
export function readConfig(dir: string): ResolvedConfig | null {
  try {
    const value = parse(
      withRegularSync(join(dir, CONFIG), (file) => readFileSync(file, 'utf8')),
    ) as ResolvedConfig | null;
    return typeof value === 'object' && value !== null && typeof value.training === 'object' ? value : null;
  } catch {
    return null;
  }
}
