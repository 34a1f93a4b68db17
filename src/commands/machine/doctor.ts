import { UsageError } from '../../base/errors.js';
import { DEFAULTS_FILE, MISNAMED_DEFAULTS } from '../../base/files/defaults-file.js';
import { exists } from '../../base/files/folders.js';
import { type Context, defineCommand } from '../../cli/command.js';
import { DATA_DIR } from '../../cli/common.js';
import { printResult } from '../../report/output.js';
import { renderFindings } from '../../report/results/doctor.js';
import type { Finding } from '../../tasks/doctor/finding.js';

export const command = defineCommand({
  name: 'doctor',
  describe: 'What works on this machine, what does not, and what would mend it',
  examples: [
    ['cnnzoo doctor', 'engines, devices and data sets'],
    ['cnnzoo doctor --json', 'the same for a script'],
  ],
  places: {},
  options: { dataDir: { ...DATA_DIR, describe: 'A folder with data sets to look into first' } },
  defaults: 'lenient',
  async run(args, { readDefaults }) {
    const { examine } = await import('../../tasks/doctor/examine.js');
    const findings = [...(await examine(args.dataDir)), ...(await defaultsFindings(readDefaults))];
    await printResult((format, style) => renderFindings(findings, format, style), args);
    return findings.some(({ state }) => state === 'broken') ? 1 : 0;
  },
});

/** What the folder's defaults say, or what is wrong in their file; nothing where there is none. */
async function defaultsFindings(readDefaults: Context['readDefaults']): Promise<Finding[]> {
  const name = 'Defaults of the folder';
  try {
    const defaults = await readDefaults();
    if (defaults !== null) {
      const { all, ofCommand } = defaults;
      const parts = [
        settingsText(all),
        ...Object.entries(ofCommand).map(([of, own]) => `${of}: ${settingsText(own)}`),
      ];
      const detail = `${DEFAULTS_FILE}: ${parts.filter((part) => part !== '').join('; ') || 'says nothing'}`;
      return [{ name, state: 'ok', detail, fix: null }];
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const fix = `Until it is mended every command needs --no-defaults here.`;
    return [{ name, state: 'broken', detail: error.message, fix }];
  }
  if (!exists(MISNAMED_DEFAULTS)) return [];
  const detail = `${MISNAMED_DEFAULTS} is not read`;
  return [{ name, state: 'absent', detail, fix: `Rename it to ${DEFAULTS_FILE}.` }];
}

function settingsText(defaults: Readonly<Record<string, { readonly content: unknown }>>): string {
  return Object.entries(defaults)
    .map(([key, { content }]) => `${key} ${typeof content === 'string' ? content : JSON.stringify(content)}`)
    .join(', ');
}
