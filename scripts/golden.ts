/** Writes the texts in test/fixtures/golden anew, for a review of the difference: `node --import tsx scripts/golden.ts`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { GOLDENS, goldens, storedGoldens } from '../test/support/goldens.js';
import { PLAN_GOLDENS, planGoldens } from '../test/support/plan-goldens.js';

for (const [folder, texts] of [
  [GOLDENS, await goldens()],
  [PLAN_GOLDENS, planGoldens()],
] as const) {
  mkdirSync(folder, { recursive: true });
  for (const name of storedGoldens(folder).keys()) if (!texts.has(name)) rmSync(new URL(name, folder));
  for (const [name, text] of texts) writeFileSync(new URL(name, folder), text);
}
