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
  const { long, medium, brief, tiny } = lookFigures(event);
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

type Forms = Record<'long' | 'medium' | 'brief' | 'tiny', Span[]>;

/** The figures of images that the network does not learn from, where there are any. */
function lookFigures(event: EpochEvent): Forms {
  const validation = formsOf(['validation', 'val.'], event.validationLoss, event.validationAccuracy);
  const test = formsOf(['test', 'test'], event.testLoss, event.testAccuracy);
  const both = (form: keyof Forms) => [...validation[form], ...test[form]];
  return { long: both('long'), medium: both('medium'), brief: both('brief'), tiny: both('tiny') };
}

function formsOf(
  [name, short]: readonly [string, string],
  loss: number | null,
  accuracy: number | null,
): Forms {
  if (loss === null || accuracy === null) return { long: [], medium: [], brief: [], tiny: [] };
  const [lossText, accuracyText] = [formatLoss(loss), formatPercent(accuracy).padStart(7)];
  return {
    long: [...figure(`${name} loss`, lossText, 6), ...figure(`${name} accuracy`, accuracyText, 7)],
    medium: [...figure(name, lossText, 6), { text: `  ${accuracyText}` }],
    brief: figure(name, accuracyText, 7),
    tiny: figure(short, accuracyText, 7),
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
