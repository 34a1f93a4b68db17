import { formatEta, formatPercent, formatRate } from '../../../../base/text/format.js';
import { counted } from '../../../../base/text/words.js';
import { barSpans } from '../../../../terminal/bar.js';
import type { Span, Theme } from '../../../../terminal/theme.js';
import { quiet, wrapped } from '../../parts/spans.js';
import { lineOf } from '../../parts/words.js';
import type { Area } from '../../state/pane.js';
import type { RunRow } from './run-row.js';

/** What stands above the curves of a run: what is trained on which images, and how far it is. */
export function headLines(row: RunRow, { width }: Area, theme: Theme): Span[][] {
  const { brief, now } = row.run!;
  const { model, title, dataset, epochs, epoch } = brief!;
  const { name, standsInFor } = dataset;
  const lines: Span[][] = [
    [{ text: row.name, tone: 'strong' }, quiet(title === model || title === '' ? '' : `  ${title}`)],
    ...wrapped(`${model} on ${name}`, width),
    ...(standsInFor === undefined
      ? []
      : wrapped(`${name} stands in for ${standsInFor}, which could not be had`, width, 'warning')),
  ];
  if (row.condition === 'training' || row.condition === 'elsewhere') {
    const fraction = Math.min(1, (now?.position ?? epoch) / epochs);
    const pace = now?.imagesPerSecond == null ? '' : `  ${formatRate(now.imagesPerSecond)} images/s`;
    const left = now?.etaSeconds == null ? '' : `  ${formatEta(now.etaSeconds)} left`;
    const words = `  epoch ${Math.min(epochs, Math.floor(now?.position ?? epoch) + 1)}/${epochs}${pace}${left}`;
    const bar = Math.max(6, Math.min(30, width - words.length));
    lines.push([...barSpans(fraction, bar, theme.glyphs), { text: words }]);
    return lines;
  }
  if (row.condition === 'gone') {
    lines.push(
      ...wrapped(
        `The process that trained it is gone; it has ${counted(epoch, 'epoch')} of ${epochs}. r goes on with it:`,
        width,
        'bad',
      ),
    );
    lines.push(...wrapped(lineOf(['train', '--resume', row.dir]), width, 'training'));
    return lines;
  }
  const test = brief!.test === null ? '' : `, test accuracy ${formatPercent(brief!.test.accuracy)}`;
  lines.push(...wrapped(`${epoch} of ${counted(epochs, 'epoch')}${test}`, width));
  return lines;
}
