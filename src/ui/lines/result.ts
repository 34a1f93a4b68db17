import { formatLoss, formatPercent } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import { counted } from '../../base/text/words.js';
import { csvField } from '../../report/csv.js';
import { markdownText } from '../../report/markdown.js';
import type { EndEvent } from '../../runs/events.js';
import { paintSpans, type Theme, type Tone } from '../../terminal/theme.js';
import { endSentence } from './run-text.js';

export type OutputFormat = 'table' | 'json' | 'csv' | 'markdown';

interface ResultOptions {
  readonly theme: Theme;
  /** Images that the network was tested on. */
  readonly testImages: number;
  /** Commands that go on from here. */
  readonly next: readonly string[];
}

/** What came out of a training run, as standard output gets it where the format is not JSON. */
export function resultText(format: OutputFormat, end: EndEvent, options: ResultOptions): string {
  const fields: [string, string][] = [
    ['run', end.run],
    ['epochs', String(end.epochs)],
    ['testLoss', String(end.testLoss ?? '')],
    ['testAccuracy', String(end.testAccuracy ?? '')],
    ['seconds', String(end.seconds)],
    ['reason', end.reason],
  ];
  const [names, values] = [fields.map(([name]) => name), fields.map(([, value]) => value)];
  if (format === 'csv') return `${names.join(',')}\n${values.map(csvField).join(',')}\n`;
  if (format === 'markdown') return [names, names.map(() => '---'), values].map(markdownRow).join('');
  return forPeople(end, options);
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map(markdownText).join(' | ')} |\n`;
}

function forPeople(end: EndEvent, { theme, next, testImages }: ResultOptions): string {
  const row = (label: string, text: string, tone?: Tone): string =>
    `${paintSpans(theme, [
      { text: label.padEnd(15), tone: 'quiet' },
      { text, tone },
    ])}\n`;
  let text = '';
  if (end.testAccuracy !== null) {
    const of = ` of ${counted(testImages, 'image')}`;
    text += row('test accuracy', formatPercent(end.testAccuracy) + of, 'strong');
  }
  if (end.testLoss !== null) text += row('test loss', formatLoss(end.testLoss));
  text += row('trained', endSentence(end)) + row('run folder', visible(end.run));
  next.forEach((command, index) => {
    text += row(index === 0 ? 'next' : '', visible(command));
  });
  return text;
}
