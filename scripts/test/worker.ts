/** Runs the test files that `npm test` names to it, one after the other in one process, and says how each went. */
import { pathToFileURL } from 'node:url';
import type { FileResult } from './run.js';

/** What uvu makes of the tests of a file when they run: the failures as text, or true. */
type Suite = () => Promise<[failures: string | true, passed: number, skipped: number, total: number]>;

/** Where uvu puts what a file declares; `UVU_DEFER` keeps it from running that by itself. */
const uvu = globalThis as unknown as { UVU_DEFER: 1; UVU_INDEX: number; UVU_QUEUE: Suite[][] };
uvu.UVU_DEFER = 1;
uvu.UVU_INDEX = 0;

async function run(path: string): Promise<FileResult> {
  const suites: Suite[] = [];
  uvu.UVU_QUEUE = [suites];
  await import(pathToFileURL(path).href);
  const result = { total: 0, passed: 0, failures: '' };
  for (const suite of suites) {
    const [failures, passed, , total] = await suite();
    result.total += total;
    result.passed += passed;
    if (failures !== true) result.failures += failures;
    else if (passed < total)
      result.failures += `${total - passed} tests did not run: what goes before them threw.\n`;
  }
  return result;
}

process.setSourceMapsEnabled(true);
process.on('message', async (path: string) => {
  // A test that waits for what never comes then ends this process, rather than keeping it.
  process.channel?.unref();
  const result = await run(path);
  process.channel?.ref();
  process.send?.(result);
});
