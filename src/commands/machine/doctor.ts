import { defineCommand } from '../../cli/command.js';
import { DATA_DIR } from '../../cli/common.js';
import { printResult } from '../../report/output.js';
import { renderFindings } from '../../report/results/doctor.js';

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
    const { examine } = await import('../../tasks/doctor/examine.js');
    const findings = await examine(args.dataDir);
    await printResult((format, style) => renderFindings(findings, format, style), args);
    return findings.some(({ state }) => state === 'broken') ? 1 : 0;
  },
});
