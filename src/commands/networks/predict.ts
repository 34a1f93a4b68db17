import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR, INVERT, OTHER_WEIGHTS } from '../../cli/common.js';
import { COUNT, RUN, text } from '../../cli/values.js';

export const command = defineCommand({
  name: 'predict',
  describe: 'What a trained model takes pictures for',
  examples: [
    ['cnnzoo predict runs/lenet5-20260801-120000 seven.png', 'the five most probable digits'],
    ['cnnzoo predict runs/lenet5-20260801-120000 scan.jpg --invert', 'a digit drawn dark on paper'],
    ['cnnzoo predict runs/lenet5-20260801-120000 - < seven.png', 'from standard input'],
    ['cnnzoo predict runs/lenet5-20260801-120000 mnist:test:1790', 'an image of a data set'],
    ['cnnzoo predict runs/lenet5-20260801-120000 *.png --top 1 --format csv', 'many, for a program'],
  ],
  places: {
    run: {
      takes: RUN,
      required: true,
      describe: 'A run folder made by `cnnzoo train`, or with --weights a model',
    },
    images: {
      takes: text('IMAGE', 'file'),
      many: true,
      required: true,
      describe:
        'Pictures (JPEG, PNG, WebP, ...) of any size, images of data sets such as mnist:test:1790, or - for standard input',
    },
  },
  options: {
    top: { takes: COUNT, describe: 'So many classes an image [5]' },
    weights: OTHER_WEIGHTS,
    dataDir: DATA_DIR,
    invert: INVERT,
    ...COMPUTING,
  },
  async run(args) {
    const { predictImages } = await import('../../tasks/predict/predict.js');
    const { renderPrediction } = await import('../../report/results/prediction.js');
    const { printResult } = await import('../../report/output.js');
    const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
    const { WorkError } = await import('../../base/errors.js');
    const progress = dataNoticesInLines();
    const result = await predictImages(args, progress.notify).finally(progress.finish);
    if (result.images.length > 0)
      await printResult((format, style) => renderPrediction(result, format, style), args);
    if (result.problems.length > 0) throw new WorkError(result.problems);
    return 0;
  },
});
