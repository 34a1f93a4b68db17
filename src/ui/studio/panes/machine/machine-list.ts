import type { Column } from '../../../../report/column.js';
import type { Finding } from '../../../../tasks/doctor/finding.js';
import type { Tone } from '../../../../terminal/theme.js';
import { currentRow } from '../../parts/rows.js';
import type { ListSource } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';

const WORDS: Readonly<Record<Finding['state'], string>> = { ok: 'ok', absent: '-', broken: 'broken' };
const TONES: Readonly<Record<Finding['state'], Tone>> = { ok: 'good', absent: 'quiet', broken: 'bad' };

const columns: readonly Column<Finding>[] = [
  { key: 'name', header: 'What', priority: 0, shrinkTo: 20, value: (finding) => finding.name },
  { key: 'state', header: 'State', priority: 0, value: (finding) => WORDS[finding.state] },
  { key: 'detail', header: 'Detail', priority: 1, shrinkTo: 16, value: (finding) => finding.detail },
];

const NONE: readonly Finding[] = [];

export const machineList: ListSource<Finding> = {
  rows: ({ machine }) => (Array.isArray(machine.findings) ? (machine.findings as readonly Finding[]) : NONE),
  id: ({ name }) => name,
  columns: () => columns,
  aliases: { what: 'name' },
  tone: (finding, column) => (column.key === 'state' ? TONES[finding.state] : 'plain'),
  empty: ({ machine }) =>
    typeof machine.findings === 'string'
      ? ['The machine could not be examined:', machine.findings, '', 'e tries it again.']
      : [
          'Examining this machine: engines, devices, data sets.',
          'Drivers are tried in processes of their own; that takes some seconds.',
        ],
};

export function currentFinding(state: StudioState): Finding | undefined {
  return currentRow(machineList, state, state.lists.machine);
}
