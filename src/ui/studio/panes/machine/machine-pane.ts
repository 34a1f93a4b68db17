import { showing } from '../../overlays/showing.js';
import { lineOf } from '../../parts/words.js';
import type { Need } from '../../state/effect.js';
import { definePane, step } from '../../state/pane.js';
import { machineList } from './machine-list.js';

export const machinePane = definePane({
  name: 'machine',
  title: 'Machine',
  describe: 'engines, devices, data sets, and what trains here',
  list: machineList,
  share: 0.5,
  inside: [],
  keys: [
    {
      keys: ['e'],
      label: 'examine again',
      help: 'Examine the machine again: what works, what does not, and what would mend it',
      line: () => lineOf(['doctor']),
      act: (state) =>
        step(
          {
            ...state,
            machine: { ...state.machine, isExamining: true },
            said: { line: lineOf(['doctor']), text: 'It takes some seconds.', tone: 'quiet' },
          },
          { do: 'examine' },
        ),
    },
    {
      keys: ['b'],
      label: 'bench',
      help: 'How fast a small network trains here',
      line: () => lineOf(['bench', 'mnist-basic']),
      act: (state) => showing(state, ['bench', 'mnist-basic']),
    },
  ],
  loadDetail: async () => (await import('./MachineDetail.js')).MachineDetail,
  move: () => null,
  needs: ({ machine }): readonly Need[] => (machine.findings === null ? [{ need: 'findings' }] : []),
});
