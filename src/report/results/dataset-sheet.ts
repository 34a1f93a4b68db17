import { maxOf, minOf } from '../../base/extremes.js';
import { formatInteger } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import { counted } from '../../base/text/words.js';
import { type Dataset, type DatasetDescription, shownImageName } from '../../data/index.js';
import { wrapText } from '../../terminal/text.js';
import type { Format } from '../format.js';
import { outputStyle, pictureStyle, pictureWidth } from '../output.js';
import { renderRows } from '../render.js';
import { type Captioned, sheetText } from './sheet-text.js';

/** What is shown of a data set: rows of images, each with its caption. */
export interface Sheet {
  readonly part: 'train' | 'test';
  readonly rows: readonly (readonly Captioned[])[];
  readonly shown: readonly { readonly index: number; readonly image: string; readonly label: string }[];
}

/** What was asked to be shown, as far as the text says it. */
export interface ShownWish {
  readonly format: Format;
  readonly color: boolean | undefined;
  readonly index?: unknown;
  readonly augment?: boolean;
  readonly out?: string;
}

/** A data set in words, and its sheet where it goes to the terminal. @param model whose augmentation is shown */
export function datasetText(
  dataset: Dataset,
  { classes, mean, std, sample }: DatasetDescription,
  { rows, shown }: Sheet,
  args: ShownWish,
  model: string | undefined,
): string {
  const { name, shape, origin, train, test } = dataset;
  const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(', ');
  const lines = [
    `${name}: ${formatInteger(train.count)} training and ${formatInteger(test.count)} test images of ` +
      `${shape.join('x')} in ${counted(classes.length, 'class', 'classes')}, ${range(classes.map((c) => c.train))} training images each`,
    `from ${origin}`,
    `pixels in [0, 1], over ${formatInteger(sample)} training images: mean ${figures(mean)}, standard deviation ${figures(std)}`,
  ];
  if (args.index !== undefined)
    for (const { image, label } of shown) lines.push(`${shownImageName(image)}: ${label}`);
  if (args.augment && model !== undefined) lines.push(`varied as ${model} does in training`);
  if (args.out !== undefined) {
    const labels = args.augment ? shown.map(({ label }) => label) : rows.map((row) => row[0]!.caption);
    lines.push(`wrote ${args.out}, its rows from top to bottom: ${labels.join(', ')}`);
  }
  const head = lines.flatMap((line) =>
    process.stdout.isTTY ? wrapText(line, pictureWidth()) : [visible(line)],
  );
  const sheet = args.out === undefined ? ['', ...sheetText(rows, shape, pictureStyle(args))] : [];
  return `${[...head, ...sheet].join('\n')}\n`;
}

function range(counts: readonly number[]): string {
  const [least, most] = [minOf(counts), maxOf(counts)];
  return least === most ? formatInteger(least) : `${formatInteger(least)} to ${formatInteger(most)}`;
}

/** For programs: what is in the data set, and which images were shown. */
export async function datasetFacts(
  dataset: Dataset,
  { classes, mean, std, sample }: DatasetDescription,
  { shown, part }: Sheet,
  args: ShownWish,
): Promise<string> {
  const { name, origin, identity, shape, train, test } = dataset;
  const columns = [
    { key: 'label', header: 'Class', priority: 0, value: (row: (typeof classes)[number]) => row.label },
    { key: 'train', header: 'Training', priority: 1, value: (row: (typeof classes)[number]) => row.train },
    { key: 'test', header: 'Test', priority: 2, value: (row: (typeof classes)[number]) => row.test },
  ];
  const json = {
    name,
    origin,
    identity,
    shape,
    trainImages: train.count,
    testImages: test.count,
    classes,
    pixels: { mean, std, images: sample },
    split: part,
    shown,
    out: args.out ?? null,
  };
  return renderRows(args.format, classes, columns, json, outputStyle(args));
}
