import { defineCommand } from '../../cli/command.js';
import { FOLDER } from '../../cli/values.js';

/** Where trainings put their runs. */
const RUNS = 'runs';

export const command = defineCommand({
  name: 'studio',
  describe: 'All of this on one screen: the zoo, live runs, a look inside, data, this machine',
  examples: [
    ['cnnzoo studio', 'over the runs in runs; cnnzoo alone opens it too, in a terminal'],
    ['cnnzoo studio experiments', 'over the runs of another folder'],
  ],
  places: { folder: { takes: FOLDER, describe: `The folder of runs (default: ${RUNS})` } },
  options: {},
  async run({ folder = RUNS, color }, { commands }) {
    const { openStudio } = await import('../../ui/studio/open.js');
    return openStudio({ folder, color, commands });
  },
});
