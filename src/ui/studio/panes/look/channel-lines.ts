import { maxOf, minOf } from '../../../../base/extremes.js';
import { type Raster, resized } from '../../../../base/raster.js';
import { formatValue } from '../../../../base/text/format.js';
import { barSpans } from '../../../../terminal/bar.js';
import {
  type PictureStyle,
  pictureLines,
  pixelsPerCharacter,
} from '../../../../terminal/terminal-picture.js';
import { textWidth } from '../../../../terminal/text.js';
import { paintSpans, type Span, type Theme } from '../../../../terminal/theme.js';
import { quiet } from '../../parts/spans.js';
import { firstInSight } from '../../parts/table-lines.js';
import { sizeIn, tileGrid } from '../../parts/tiles.js';
import type { SeenLayer, SeenMaps } from '../../state/look-state.js';
import type { Area } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';

interface Drawing {
  readonly theme: Theme;
  readonly pictures: PictureStyle;
}

/** The channels of a layer: of maps one from near beside all of them, of a vector its values as bars. */
export function channelLines(
  state: StudioState,
  layer: SeenLayer,
  seen: SeenMaps,
  area: Area,
  drawing: Drawing,
): string[] {
  const { theme, pictures } = drawing;
  const channel = Math.min(state.look.channel, seen.maps.length - 1);
  const { view } = state.look;
  if (layer.shape.length !== 3 && view === 'maps') return valueLines(seen, channel, area, theme);
  const map = seen.maps[channel]!;
  const what = view === 'filters' ? 'filter' : view === 'responses' ? 'what excites channel' : 'channel';
  const head = `${what} ${channel} of ${seen.maps.length}: from ${formatValue(map.min, 3)} to ${formatValue(map.max, 3)}, mean ${formatValue(map.mean, 3)}`;
  const rest = area.height - 1;
  // A narrow screen has the one map above the others, a wide one beside them.
  const isWide = area.width >= 56;
  const near = isWide
    ? { width: Math.floor(area.width * 0.55), height: rest }
    : { width: area.width, height: Math.ceil(rest * 0.62) };
  const large = nearMap(map.tile, state.look.place, layer, near, pictures);
  const tiles = seen.maps.map(({ tile }) => tile);
  const used = maxOf(large.map(stripped), 1);
  const gridArea = isWide
    ? { width: area.width - used - 2, height: rest }
    : { width: area.width, height: rest - large.length };
  const grid = tileGrid(tiles, gridArea, channel, pictures);
  const title = paintSpans(theme, [quiet(head)]);
  if (!isWide) return [title, ...large, ...grid.lines].slice(0, area.height);
  const rows = Math.max(large.length, grid.lines.length);
  const beside = Array.from({ length: rows }, (_, i) => {
    const line = large[i] ?? '';
    return `${line}${' '.repeat(used + 2 - stripped(line))}${grid.lines[i] ?? ''}`;
  });
  return [title, ...beside].slice(0, area.height);
}

/** Columns of a painted line. */
function stripped(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences that set colours begin with one
  return textWidth(line.replace(/\u001b\[[0-9;]*m/g, ''));
}

const HERE = [255, 80, 60] as const;

/** A map as large as it gets, with the value that is gone over in another colour; without colour a cross leads to it. */
function nearMap(
  tile: Raster,
  place: readonly [number, number] | null,
  { shape }: SeenLayer,
  area: Area,
  style: PictureStyle,
): string[] {
  const [across, down] = pixelsPerCharacter(style);
  const [width, height] = sizeIn(tile, area.width * across, area.height * down);
  const large = resized(tile, width, height);
  if (place === null) return pictureLines(large, style);
  const pixels = new Uint8Array(large.pixels);
  const [top, bottom] = [0, 1].map((by) => Math.floor(((place[0] + by) * height) / shape[0]!)) as [
    number,
    number,
  ];
  const [left, right] = [0, 1].map((by) => Math.floor(((place[1] + by) * width) / shape[1]!)) as [
    number,
    number,
  ];
  const isWithin = (y: number, x: number) =>
    y >= top && y < Math.max(bottom, top + 1) && x >= left && x < Math.max(right, left + 1);
  const hasColour = style.unicode && style.level >= 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isCross = !hasColour && (y === top || x === left) && (x + y) % 2 === 0;
      if (isWithin(y, x) || isCross)
        pixels.set([...(hasColour ? HERE : ([255, 255, 255] as const)), 255], 4 * (y * width + x));
    }
  }
  return pictureLines({ width, height, pixels }, style);
}

const LABEL = 6;
const VALUE = 12;

/** The values of a vector around the chosen one, with bars from the smallest to the largest. */
function valueLines({ maps }: SeenMaps, channel: number, { width, height }: Area, theme: Theme): string[] {
  const values = maps.map(({ mean }) => mean);
  const [low, high] = [minOf(values, 0), maxOf(values, 0)];
  const first = firstInSight(values.length, height, channel);
  return values.slice(first, first + height).map((value, i) => {
    const isCurrent = first + i === channel;
    const sign = isCurrent ? (theme.glyphs.braille ? '▸' : '>') : ' ';
    const share = high > low ? (value - low) / (high - low) : 0;
    const spans: Span[] = [
      { text: sign, tone: 'training' },
      { text: String(first + i).padStart(LABEL - 2), tone: isCurrent ? 'strong' : 'quiet' },
      { text: formatValue(value, 4).padStart(VALUE) },
      { text: ' ' },
      ...barSpans(share, Math.max(0, Math.min(60, width - LABEL - VALUE - 2)), theme.glyphs),
    ];
    return paintSpans(theme, spans);
  });
}
