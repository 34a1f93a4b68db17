import { formatDuration, formatLoss, formatPercent, formatRate } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import type { EpochEvent, NoticeEvent } from '../../runs/events.js';
import { wrapText } from '../../terminal/text.js';
import { paintSpans, type Span, spansWidth, type Theme } from '../../terminal/theme.js';

interface LogOptions {
  readonly theme: Theme;
  /** Columns that a line may take; Infinity where nothing limits it. */
  readonly width: number;
  /** Of the whole run, so that the epochs' numbers stand below each other. */
  readonly epochs: number;
}

/** The line that stays of an epoch: the most telling form that fits. */
export function epochLine(event: EpochEvent, { theme, width, epochs }: LogOptions): string {
  const forms = epochForms(event, epochs);
  return paintSpans(theme, forms.find((form) => spansWidth(form) <= width) ?? forms.at(-1)!);
}

function epochForms(event: EpochEvent, epochs: number): Span[][] {
  const number = `${String(event.epoch).padStart(String(epochs).length)}/${epochs}`;
  const epoch: Span[] = [quiet('epoch '), { text: number }];
  const loss = figure('loss', formatLoss(event.loss), 6);
  const accuracy = figure('accuracy', formatPercent(event.accuracy), 7);
  const short: Span[] = [{ text: `  ${formatPercent(event.accuracy).padStart(7)}` }];
  const time: Span[] = [quiet(`  ${formatDuration(event.seconds).padStart(5)}`)];
  const rate: Span[] = [quiet(`  ${formatRate(event.imagesPerSecond).padStart(6)} images/s`)];
  const { long, medium, brief, tiny } = validationFigures(event);
  return [
    [...epoch, ...loss, ...accuracy, ...long, ...time, ...rate],
    [...epoch, ...loss, ...accuracy, ...long, ...time],
    [...epoch, ...loss, ...accuracy, ...medium, ...time],
    [...epoch, ...loss, ...short, ...brief, ...time],
    [...epoch, ...loss, ...short, ...brief],
    [...epoch, ...short, ...brief],
    [...epoch, ...short, ...tiny],
    [{ text: number }, ...short, ...tiny],
    [{ text: number }, ...short],
  ];
}

function validationFigures(event: EpochEvent): Record<'long' | 'medium' | 'brief' | 'tiny', Span[]> {
  if (event.validationLoss === null || event.validationAccuracy === null)
    return { long: [], medium: [], brief: [], tiny: [] };
  const loss = formatLoss(event.validationLoss);
  const accuracy = formatPercent(event.validationAccuracy).padStart(7);
  return {
    long: [...figure('validation loss', loss, 6), ...figure('validation accuracy', accuracy, 7)],
    medium: [...figure('validation', loss, 6), { text: `  ${accuracy}` }],
    brief: figure('validation', accuracy, 7),
    tiny: figure('val.', accuracy, 7),
  };
}

function figure(label: string, value: string, width: number): Span[] {
  return [quiet(`  ${label} `), { text: value.padStart(width) }];
}

function quiet(text: string): Span {
  return { text, tone: 'quiet' };
}

/** A notice with its kind in front, broken into lines that fit; further lines are indented. */
export function noticeLines(
  event: NoticeEvent,
  { theme, width }: Pick<LogOptions, 'theme' | 'width'>,
): string[] {
  const lines = wrapText(`${event.level}: ${visible(event.message)}`, Math.max(1, width - 2));
  const tone = event.level === 'warning' ? 'warning' : 'quiet';
  return lines.map((line, index) => {
    if (index > 0) return `  ${line}`;
    const end = event.level.length + 1;
    return theme.paint(tone, line.slice(0, end)) + line.slice(end);
  });
}

export function logLines(event: EpochEvent | NoticeEvent, options: LogOptions): string[] {
  return event.event === 'epoch' ? [epochLine(event, options)] : noticeLines(event, options);
}
