import { Box } from 'ink';
import { formatInteger, formatPercent } from '../../../../base/text/format.js';
import { barSpans } from '../../../../terminal/bar.js';
import type { PictureStyle } from '../../../../terminal/terminal-picture.js';
import { fitText } from '../../../../terminal/text.js';
import { paintSpans, type Span, spansWidth, type Theme } from '../../../../terminal/theme.js';
import { Lines } from '../../../live/Lines.js';
import { cutSpans, quiet, wrapped } from '../../parts/spans.js';
import { pictureIn } from '../../parts/tiles.js';
import type { Seen } from '../../state/look-state.js';
import type { Area, PartProps } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';
import { channelLines } from './channel-lines.js';
import {
  evidenceOf,
  explainedOf,
  lookedRun,
  mapsOf,
  mistakesOf,
  seenLayer,
  seenOf,
  sides,
} from './look-at.js';

interface Drawing {
  readonly theme: Theme;
  readonly pictures: PictureStyle;
}

/** A picture and what a network takes it for on the left; on the right a layer, its channels, and one of them from near. */
export function LookDetail({ state, area, theme, pictures }: PartProps) {
  const drawing = { theme, pictures };
  const seen = seenOf(state);
  if (typeof seen !== 'object') return <Lines lines={emptyLines(state, area, theme).slice(0, area.height)} />;
  const room = sides(state.size);
  const left = pictureSide(state, seen, room.left, drawing);
  const right = layerSide(state, seen, room.right, drawing);
  return (
    <Box flexDirection="row">
      <Box width={room.left.width + 2} flexShrink={0}>
        <Lines lines={left.slice(0, area.height)} />
      </Box>
      <Lines lines={right.slice(0, area.height)} />
    </Box>
  );
}

function emptyLines(state: StudioState, { width }: Area, theme: Theme): string[] {
  const seen = seenOf(state);
  const paint = (lines: readonly Span[][]) => lines.map((line) => paintSpans(theme, line));
  if (typeof seen === 'string')
    return paint([
      ...wrapped(seen, width, 'bad'),
      [],
      ...wrapped('o opens another picture, [ and ] another run.', width, 'quiet'),
    ]);
  const run = lookedRun(state);
  if (run !== null) return paint(wrapped(`Starting an engine for ${run}.`, width, 'quiet'));
  return paint([
    ...wrapped('There is no trained network to look into yet.', width),
    [],
    ...wrapped(
      'In the zoo (key 1) choose a model and train it with t: lenet5 on digits takes a minute. Then i in the runs (key 2) looks inside.',
      width,
    ),
  ]);
}

/** The picture, what it is, and the classes by their probabilities. */
function pictureSide(
  state: StudioState,
  seen: Seen,
  { width, height }: Area,
  { theme, pictures }: Drawing,
): string[] {
  const { image, label, guesses, picture, run } = seen;
  const paint = (lines: readonly Span[][]) =>
    lines.map((line) => paintSpans(theme, cutSpans(line, width, theme)));
  const head: Span[][] = [
    [{ text: run, tone: 'strong' }],
    [{ text: image }],
    ...labelLines(seen, width),
    ...mistakeLines(state, width),
  ];
  const bars = guesses.slice(0, Math.max(3, Math.min(10, height - 12)));
  const rows = Math.max(4, Math.min(16, height - head.length - bars.length - 1));
  const evidence = evidenceOf(state);
  const shown = typeof evidence === 'object' ? evidence.raster : picture;
  const lines = pictureIn(shown, { width, height: rows }, pictures);
  return [
    ...paint(head),
    ...lines,
    ...paint(bars.map((guess, i) => guessLine(guess, i, label, width, theme))),
  ];
}

/** What a picture is, and what it is taken for where that is something else: on one line where both have room. */
function labelLines({ label, guesses }: Seen, width: number): Span[][] {
  if (label === null) return [];
  const is: Span[] = [quiet('is '), { text: label, tone: 'strong' }];
  const taken = guesses[0]?.label;
  if (taken === undefined || taken === label) return [is];
  const words: Span[] = [quiet('taken for '), { text: taken, tone: 'bad' }];
  const line = [...is, quiet(', '), ...words];
  return spansWidth(line) <= width ? [line] : [is, words];
}

/** `mistake 1 of the 48 worst of 1,393`; none where mistakes are not gone through. */
function mistakeLines(state: StudioState, width: number): Span[][] {
  const { mistake } = state.look;
  const mistakes = mistakesOf(state);
  if (mistake === null || typeof mistakes !== 'object') return [];
  const { wrong, worst } = mistakes;
  const of = wrong > worst.length ? `the ${worst.length} worst of ` : '';
  return wrapped(`mistake ${mistake + 1} of ${of}${formatInteger(wrong)}`, width, 'quiet');
}

function guessLine(
  { label, probability }: Seen['guesses'][number],
  rank: number,
  truth: string | null,
  width: number,
  theme: Theme,
): Span[] {
  const name = Math.min(12, Math.max(4, width - 18));
  const isWrong = rank === 0 && truth !== null && truth !== label;
  const bar = Math.max(0, width - name - 11);
  return [
    {
      text: fitText(label, name, theme.glyphs.ellipsis),
      tone: isWrong ? 'bad' : rank === 0 ? 'strong' : 'plain',
    },
    { text: `${formatPercent(probability, 1).padStart(8)} ` },
    ...barSpans(probability, bar, theme.glyphs),
  ];
}

function layerSide(state: StudioState, seen: Seen, area: Area, drawing: Drawing): string[] {
  const { theme } = drawing;
  const { width, height } = area;
  const layer = seenLayer(state)!;
  const paint = (lines: readonly Span[][]) =>
    lines.map((line) => paintSpans(theme, cutSpans(line, width, theme)));
  const at = Math.min(state.look.layer, seen.layers.length - 1);
  const head: Span[][] = [
    stripOf(seen, at, width, theme),
    [
      { text: layer.name, tone: 'strong' },
      quiet(`  ${layer.kind}, ${layer.shape.join('x')}, layer ${at + 1} of ${seen.layers.length}`),
    ],
  ];
  const evidence = evidenceOf(state);
  if (state.look.view === 'gradcam' || state.look.view === 'occlusion') {
    const words =
      evidence === undefined
        ? 'Looking for the evidence.'
        : typeof evidence === 'string'
          ? evidence
          : evidence.words;
    return paint([...head, [], ...wrapped(words, width, typeof evidence === 'string' ? 'bad' : 'plain')]);
  }
  if (state.look.isExplained) return [...paint(head), ...explanation(state, width, theme)].slice(0, height);
  const maps = mapsOf(state);
  if (typeof maps !== 'object')
    return paint([...head, ...wrapped(maps ?? 'Computing.', width, maps ? 'bad' : 'quiet')]);
  const hint = [quiet(hintOf(state))];
  const room = { width, height: height - head.length - 1 };
  const channels = channelLines(state, layer, maps, room, drawing);
  return [...paint([...head, hint]), ...channels].slice(0, height);
}

/** The layers on one line, the one that is looked at marked; those that do not fit are left out around it. */
function stripOf({ layers }: Seen, at: number, width: number, { glyphs }: Theme): Span[] {
  const arrow = glyphs.braille ? ' → ' : ' > ';
  const texts = layers.map(({ kind }) => kind);
  let [from, to] = [at, at];
  const length = () => texts.slice(from, to + 1).join(arrow).length + 8;
  for (let grown = true; grown; ) {
    grown = false;
    if (to < texts.length - 1) {
      to++;
      if (length() > width) to--;
      else grown = true;
    }
    if (from > 0) {
      from--;
      if (length() > width) from++;
      else grown = true;
    }
  }
  const spans: Span[] = from > 0 ? [quiet(`${glyphs.ellipsis} `)] : [];
  for (let i = from; i <= to; i++) {
    if (i > from) spans.push(quiet(arrow));
    spans.push(i === at ? { text: `[${texts[i]}]`, tone: 'training' } : quiet(texts[i]!));
  }
  return to < texts.length - 1 ? [...spans, quiet(` ${glyphs.ellipsis}`)] : spans;
}

/** What enter would do. */
function hintOf({ look }: StudioState): string {
  const { place, channel } = look;
  if (place === null) return `channel ${channel}: enter goes over its values`;
  return `row ${place[0]}, column ${place[1]}, channel ${channel}: enter shows how the value comes about`;
}

/** The window under the value, and the arithmetic; what stands in brackets is what is looked at. */
function explanation(state: StudioState, width: number, theme: Theme): string[] {
  const value = explainedOf(state);
  if (typeof value !== 'object')
    return wrapped(value ?? 'Computing.', width, value ? 'bad' : 'quiet').map((line) =>
      paintSpans(theme, line),
    );
  return value.lines.map((line) => {
    const parts = line
      .split(/(\[[^\]]*\])/)
      .map((text): Span => ({ text, tone: text.startsWith('[') ? 'good' : 'plain' }));
    return paintSpans(theme, cutSpans(parts, width, theme));
  });
}
