import { maxOf } from '../../../../base/extremes.js';
import { formatInteger } from '../../../../base/text/format.js';
import type { RunBrief } from '../../../../runs/watch/run-brief.js';
import { differingSettings, settingOf, settingText } from '../../../../tasks/compare/settings.js';
import { fitText } from '../../../../terminal/text.js';
import type { Span, Theme } from '../../../../terminal/theme.js';
import { shortNames } from '../../parts/short-names.js';
import { quiet, wrapped } from '../../parts/spans.js';
import type { RunRow } from './run-row.js';

/** Settings that comparisons have columns for, and so leave out of those that differ. */
const USUAL = [
  'training.optimizer',
  'training.optimizer.learningRate',
  'training.batchSize',
  'training.epochs',
];

/** What a run was trained on, and from which seed. */
const IMAGES: readonly (readonly [string, (brief: RunBrief) => string])[] = [
  [
    'data set',
    ({ dataset }) =>
      dataset.standsInFor === undefined ? dataset.name : `${dataset.name} for ${dataset.standsInFor}`,
  ],
  ['images', ({ dataset }) => formatInteger(dataset.trainImages)],
  ['test images', ({ dataset }) => formatInteger(dataset.testImages)],
  ['seed', ({ seed }) => String(seed)],
];

/** What differs between runs, in data and configs: a line a setting and a column a run; of one run all of its usual settings. */
export function settingLines(rows: readonly RunRow[], width: number, { glyphs }: Theme): Span[][] {
  const known = rows.flatMap(({ name, run, config }) =>
    config && run?.brief ? [{ name, brief: run.brief, model: run.brief.model, config }] : [],
  );
  if (known.length === 0)
    return wrapped('Its config.yaml is not read yet, or cannot be read.', width, 'quiet');
  const differing = differingSettings(known.map(({ model, config }) => ({ name: model, config })));
  const textOf = (config: (typeof known)[number]['config'], key: string) => {
    const value = settingOf(config, key);
    return value === undefined ? '-' : settingText(value);
  };
  const usual = USUAL.filter(
    (key) => known.length === 1 || new Set(known.map(({ config }) => textOf(config, key))).size > 1,
  );
  const rowsOf = [
    ...IMAGES.map(([head, of]) => ({ head, texts: known.map(({ brief }) => of(brief)) })).filter(
      ({ texts }) => known.length === 1 || new Set(texts).size > 1,
    ),
    ...[...usual, ...differing].map((key) => ({
      head: key.replace('training.', ''),
      texts: known.map(({ config }) => textOf(config, key)),
    })),
  ];
  if (rowsOf.length === 0) return wrapped('These runs had the same images and configs.', width, 'quiet');
  const label = Math.min(maxOf(rowsOf.map(({ head }) => head.length)) + 2, Math.floor(width / 2));
  const each = Math.max(6, Math.floor((width - label) / known.length) - 1);
  const short = shortNames(known.map(({ name }) => name));
  const line = (head: string, texts: readonly string[], isHead: boolean): Span[] => [
    quiet(fitText(head, label, glyphs.ellipsis)),
    ...texts.map(
      (text): Span => ({
        text: `${fitText(text, each, glyphs.ellipsis)} `,
        tone: isHead ? 'strong' : 'plain',
      }),
    ),
  ];
  const hint =
    known.length === 1
      ? wrapped('Mark two runs (space) to see what differs between them.', width, 'quiet')
      : [];
  return [
    line(
      '',
      known.map(({ name }) => short(name, each, glyphs.ellipsis)),
      true,
    ),
    ...rowsOf.map(({ head, texts }) => line(head, texts, false)),
    [],
    ...hint,
  ];
}
