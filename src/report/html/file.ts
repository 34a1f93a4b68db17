import { dirname } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { writeWholeText } from '../../base/files/files.js';
import { statusOf } from '../../base/files/folders.js';
import { setting, shellWord } from '../../base/text/settings.js';
import type { Comparison } from '../../tasks/compare/comparison.js';
import type { RunReport } from '../../tasks/report/run-report.js';

/** Checks a report's file name before any work is done for it. @throws UsageError for a missing folder, or a folder. */
export function checkHtml(file: string): void {
  const folder = dirname(file);
  if (!statusOf(folder)?.isDirectory()) {
    throw new UsageError(
      `${setting('html', file)}: there is no folder ${folder}. Make it first: mkdir -p ${shellWord(folder)}`,
    );
  }
  if (statusOf(file)?.isDirectory()) throw new UsageError(`${setting('html', file)}: that is a folder.`);
}

/** Writes the report of a run as one page. @throws WorkError where it cannot be written. */
export async function writeRunHtml(report: RunReport, file: string): Promise<void> {
  const { runPage } = await import('./run.js');
  await writeWholeText(file, { what: 'the report' }, await runPage(report, new Date()));
}

/** Writes a comparison as one page. @throws WorkError where it cannot be written. */
export async function writeHtml(comparison: Comparison, file: string): Promise<void> {
  const { comparisonPage } = await import('./comparison.js');
  await writeWholeText(file, { what: 'the report' }, comparisonPage(comparison, new Date()));
}
