import { visible } from '../../base/text/visible.js';
import { defineCommand } from '../../cli/command.js';
import { DATA_DIR } from '../../cli/common.js';
import type { Finding, Health } from '../../doctor/finding.js';
import type { Column } from '../../report/column.js';
import { outputStyle, print } from '../../report/output.js';
import { renderRows } from '../../report/render.js';

const MARKS: Record<Health, string> = { ok: 'ok', absent: '-', broken: 'broken' };

const columns: readonly Column<Finding>[] = [
  { key: 'name', header: 'What', priority: 0, value: (f) => f.name },
  {
    key: 'state',
    header: 'State',
    priority: 0,
    value: (f) => f.state,
    format: (state: Health) => MARKS[state],
  },
  { key: 'detail', header: 'Detail', priority: 1, shrinkTo: 24, value: (f) => f.detail },
];

export const command = defineCommand({
  name: 'doctor',
  describe: 'What works on this machine, what does not, and what would mend it',
  examples: [
    ['cnnzoo doctor', 'engines, devices and data sets'],
    ['cnnzoo doctor --json', 'the same for a script'],
  ],
  places: {},
  options: { dataDir: { ...DATA_DIR, describe: 'A folder with data sets to look into first' } },
  async run(args) {
    const { examine } = await import('../../doctor/examine.js');
    const findings = await examine(args.dataDir);
    const style = outputStyle(args);
    print(await renderRows(args.format, findings, columns, findings, style), args);
    if (args.format === 'table') print(fixes(findings), args);
    return findings.some(({ state }) => state === 'broken') ? 1 : 0;
  },
});

/** The details that matter in full, with what to do about them. */
function fixes(findings: readonly Finding[]): string {
  const lines = findings
    .filter(({ fix }) => fix !== null)
    .map(({ name, detail, fix }) => `\n${visible(`${name}: ${detail}`)}\n  ${visible(fix!)}\n`);
  return lines.join('');
}
