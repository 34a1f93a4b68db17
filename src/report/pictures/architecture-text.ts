import { maxOf } from '../../base/extremes.js';
import {
  type Architecture,
  type Block,
  type Branches,
  type Category,
  isBranches,
  sideOf,
  type Track,
} from '../../tasks/visualize/networks/architecture.js';
import { textWidth, truncate, wrapText } from '../../terminal/text.js';
import { paintSpans, type Span, spansWidth, type Theme, type Tone } from '../../terminal/theme.js';
import type { DrawingStyle } from './picture.js';

const TONES: Readonly<Record<Category, Tone>> = {
  image: 'plain',
  convolution: 'training',
  pooling: 'warning',
  dense: 'good',
  join: 'validation',
  other: 'quiet',
};

const BAR = 20;
/** Branches in fewer columns than this stand one below the other. */
const NARROW = 16;
const GAP = 2;

interface Drawing {
  readonly theme: Theme;
  readonly unicode: boolean;
  /** Of the widest map. */
  readonly side: number;
}

/** A line a layer with a bar as wide as its map; branches side by side. */
export function architectureText(
  { blocks, track }: Architecture,
  heading: string,
  style: DrawingStyle,
): string {
  const { theme, unicode, columns } = style;
  const side = maxOf(blocks.map(({ shape }) => sideOf(shape)));
  const title = wrapText(heading, columns).map((line) => theme.paint('strong', line));
  const rows = trackRows(track, Math.min(columns, 110), { theme, unicode, side });
  return `${[...title, '', ...rows.map((row) => paintSpans(theme, row).trimEnd())].join('\n')}\n`;
}

type Row = readonly Span[];

function trackRows(track: Track, width: number, drawing: Drawing): Row[] {
  return track.flatMap((step) =>
    isBranches(step) ? branchRows(step, width, drawing) : blockRows(step, width, drawing),
  );
}

function blockRows({ category, label, shape }: Block, width: number, drawing: Drawing): Row[] {
  const { theme, unicode, side } = drawing;
  const tone = TONES[category];
  const size = shape.join('x');
  const [full, mark] = [unicode ? '█' : '#', theme.glyphs.ellipsis];
  if (width < BAR + 30) {
    return [
      [{ text: full, tone }, { text: ` ${truncate(label, width - 2, mark)}` }],
      [{ text: `  ${truncate(size, width - 2, mark)}`, tone: 'quiet' }],
    ];
  }
  const bar = Math.max(1, Math.round(BAR * Math.sqrt(sideOf(shape) / side)));
  const left = Math.floor((BAR - bar) / 2);
  const room = width - BAR - 4 - textWidth(size);
  return [
    [
      { text: ' '.repeat(left) },
      { text: full.repeat(bar), tone },
      { text: ' '.repeat(BAR - left - bar + 2) },
      { text: `${truncate(label, room, mark)}  ` },
      { text: size, tone: 'quiet' },
    ],
  ];
}

function branchRows({ branches }: Branches, width: number, drawing: Drawing): Row[] {
  const each = Math.floor((width - GAP * (branches.length - 1)) / branches.length);
  const line = drawing.unicode ? '│' : '|';
  if (each < NARROW) {
    return branches.flatMap((branch) =>
      trackRows(branch, width - GAP, drawing).map((row) => [
        { text: `${line} `, tone: 'quiet' as const },
        ...row,
      ]),
    );
  }
  const parts = branches.map((branch) => trackRows(branch, each, drawing));
  const rows = maxOf(parts.map(({ length }) => length));
  return Array.from({ length: rows }, (_, i) =>
    parts.flatMap((part, branch): Row => {
      // A way goes on beside a longer one.
      const row = part[i] ?? [{ text: line, tone: 'quiet' }];
      const last = branch === parts.length - 1;
      return last ? row : [...row, { text: ' '.repeat(Math.max(0, each + GAP - spansWidth(row))) }];
    }),
  );
}
