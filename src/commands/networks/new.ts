import { defineCommand } from '../../cli/command.js';
import { MODEL, text } from '../../cli/values.js';

export const command = defineCommand({
  name: 'new',
  describe: 'A config of your own to begin with',
  examples: [
    ['cnnzoo new my.yaml', 'a small network, with comments'],
    ['cnnzoo new my.yaml --from lenet5', "the zoo's text, to be changed"],
  ],
  places: {
    file: { takes: text('FILE', 'file'), required: true, describe: 'The file to write, my.yaml' },
  },
  options: { from: { takes: MODEL, describe: 'A model whose text it begins with' } },
  async run(args) {
    const { writeNewConfig } = await import('../../models/new-config.js');
    const { renderNewConfig } = await import('../../report/results/new-config.js');
    const { printResult } = await import('../../report/output.js');
    const written = await writeNewConfig(args.file, args.from);
    await printResult((format, style) => renderNewConfig(written, format, style), args);
    return 0;
  },
});
