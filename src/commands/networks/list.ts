import { UsageError } from '../../base/errors.js';
import { didYouMean } from '../../base/text/nearest.js';
import { globOf } from '../../base/text/patterns.js';
import { defineCommand } from '../../cli/command.js';
import { text } from '../../cli/values.js';
import { listRows } from '../../models/listing.js';
import { modelNames } from '../../models/zoo.js';
import { printResult } from '../../report/output.js';
import { renderList } from '../../report/results/list.js';

export const command = defineCommand({
  name: 'list',
  describe: 'The models of the zoo, with their sizes and costs',
  examples: [
    ['cnnzoo list', 'a table of every model'],
    ["cnnzoo list 'resnet*' lenet5", 'those of these names alone'],
    ['cnnzoo list --format csv | cut -d, -f1', 'the names alone'],
  ],
  places: {
    models: {
      takes: text('NAME', 'model'),
      many: true,
      describe: 'Names; * stands for any letters, ? for one',
    },
  },
  options: {},
  async run(args) {
    const rows = listRows(matching(args.models));
    await printResult((format, style) => renderList(rows, format, style), args);
    return 0;
  },
});

/**
 * The names of the zoo's models that patterns stand for, all of them where there is no pattern.
 * @throws UsageError for a pattern that stands for none
 */
function matching(patterns: readonly string[]): string[] {
  const names = modelNames();
  if (patterns.length === 0) return names;
  const tests = patterns.map((pattern) => {
    const test = globOf(pattern);
    if (names.some((name) => test.test(name))) return test;
    throw new UsageError(`There is no model "${pattern}" in the zoo. ${didYouMean(pattern, names)}`);
  });
  return names.filter((name) => tests.some((test) => test.test(name)));
}
