import { writeWholeText } from '../../base/files/files.js';
import type { Comparison } from '../../tasks/compare/comparison.js';
import type { RunReport } from '../../tasks/report/run-report.js';

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
