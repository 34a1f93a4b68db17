/** Writes the texts in test/fixtures/golden anew, for a review of the difference: `node --import tsx scripts/golden.ts`. */
import { rmSync, writeFileSync } from 'node:fs';
import { GOLDENS, goldens, storedGoldens } from '../test/support/goldens.js';

const texts = await goldens();
for (const name of storedGoldens().keys()) if (!texts.has(name)) rmSync(new URL(name, GOLDENS));
for (const [name, text] of texts) writeFileSync(new URL(name, GOLDENS), text);
