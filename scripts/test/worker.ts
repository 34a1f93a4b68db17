/** Runs the test files that `npm test` names to it, one after the other in one process, and says how each went. */
import { pathToFileURL } from 'node:url';
import type { FileResult } from './run.js';

/** What uvu makes of the tests of a file when they run: the failures as text, or true. */
type Suite = () => Promise<[failures: string | true, passed: number, skipped: number, total: number]>;

/** Where uvu puts what a file declares; `UVU_DEFER` keeps it from running that by itself. */
const uvu = globalThis as unknown as { UVU_DEFER: 1; UVU_INDEX: number; UVU_QUEUE: Suite[][] };
uvu.UVU_DEFER = 1;
uvu.UVU_INDEX = 0;

/** What sharp, ONNX Runtime's package and the tensorflow engine set when they are loaded. */
const BY_LIBRARIES = new Set(['VIPSHOME', 'ORT_DISABLE_TELEMETRY', 'TF_CPP_MIN_LOG_LEVEL']);

/**
 * What one file could leave changed for the next one in the same process. Not the listeners of signals: Ink's way to bring
 * back the cursor listens to all of them until the process ends.
 */
function settings(): Readonly<Record<string, string>> {
  const variables = Object.entries(process.env).filter(([name]) => !BY_LIBRARIES.has(name));
  return {
    ...Object.fromEntries(variables.map(([name, value]) => [`the variable ${name}`, `${value}`])),
    'the working directory': process.cwd(),
    'the exit code': `${process.exitCode ?? 'none'}`,
  };
}

/** A sentence on what a file left otherwise than it was before, or nothing. */
function leftBehind(before: ReturnType<typeof settings>): string {
  const after = settings();
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => before[key] !== after[key],
  );
  const told = changed.map((key) => `${key} (${before[key] ?? 'none'} before, ${after[key] ?? 'none'} now)`);
  return told.length === 0 ? '' : `It changes for the files that follow: ${told.join(', ')}.\n`;
}

async function run(path: string): Promise<FileResult> {
  const before = settings();
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
  const left = leftBehind(before);
  if (left !== '') {
    result.total += 1;
    result.failures += left;
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
