import { readFileSync } from 'node:fs';
import { PACKAGE } from './places.js';

/** The version of this program, from its package.json. */
export function cnnzooVersion(): string {
  const text = readFileSync(new URL('package.json', PACKAGE), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
