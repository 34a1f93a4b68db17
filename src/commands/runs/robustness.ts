import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR } from '../../cli/common.js';
import type { Option } from '../../cli/options.js';
import { COUNT, choice, DATASET, FILE, RUN, type Value } from '../../cli/values.js';
import { CHANGES, type ChangeName, readAmounts, wantedChanges } from '../../tasks/robustness/changes.js';
import { SPLITS } from '../../training/evaluation/splits.js';

/** Amounts of a change: `0..6`, `0,2,4`, `0..30:10`. */
function amounts(name: ChangeName): Value<readonly number[]> {
  return { placeholder: 'AMOUNTS', parse: (given) => readAmounts(name, given) };
}

function change(name: ChangeName, describe: string) {
  const { usual } = CHANGES[name];
  return { takes: amounts(name), describe, usual, bare: { value: 'amounts' } } as const satisfies Option;
}

export const command = defineCommand({
  name: 'robustness',
  describe: 'How accurate trained models stay as the test images change',
  examples: [
    [
      'cnnzoo robustness runs/lenet5 runs/mnist-mlp',
      'shifted by 0 to 6 pixels: a convnet beside a dense net',
    ],
    ['cnnzoo robustness runs/lenet5 --rotate 0..45:15 --noise', 'turned, and with noise'],
    ['cnnzoo robustness runs/lenet5 --shift 0..8 --limit 1000 --out shift.svg', 'curves'],
  ],
  places: {
    runs: { takes: RUN, many: true, required: true, describe: 'Run folders made by `cnnzoo train`' },
  },
  options: {
    shift: change('shift', 'Move images by so many pixels, each in one of four directions'),
    rotate: change('rotate', 'Turn them by so many degrees, one way or the other'),
    zoom: change('zoom', 'Enlarge (above 1) or shrink them'),
    noise: change('noise', 'Add noise with so large a deviation, 1 being from black to white'),
    blur: change('blur', 'Blur them by so many pixels'),
    contrast: change('contrast', 'Change the contrast: 1 leaves it, 0 is grey'),
    limit: { takes: COUNT, describe: 'The first so many images' },
    out: { takes: FILE, writes: true, describe: 'Draw the curves into FILE.png or FILE.svg' },
    dataset: {
      ofRun: true,
      takes: DATASET,
      describe: "Other images than the runs': a known name or a folder",
    },
    dataDir: DATA_DIR,
    split: { takes: choice(SPLITS, 'SPLIT'), default: 'test', describe: 'Which images' },
    ...COMPUTING,
  },
  async run(args) {
    const { measureRobustness } = await import('../../tasks/robustness/robustness.js');
    const { robustnessPicture } = await import('../../report/pictures/robustness.js');
    const { checkOut } = await import('../../report/pictures/out.js');
    const { showPicture } = await import('../../ui/lines/show-picture.js');
    const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
    checkOut(args.out);
    const request = { ...args, changes: wantedChanges(args) };
    const notices = dataNoticesInLines();
    const measured = await measureRobustness(args.runs, request, notices.notify).finally(notices.finish);
    await showPicture(robustnessPicture(measured), args, {});
    return 0;
  },
});
