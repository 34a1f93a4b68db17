/** Writes docs/config.md, the reference of all config keys, from the schema that checks them: `node --import tsx scripts/reference.ts`. */
import { writeFileSync } from 'node:fs';
import { configReference } from './reference/render.js';

writeFileSync(new URL('../docs/config.md', import.meta.url), configReference());
