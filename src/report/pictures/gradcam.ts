import { maxOf } from '../../base/extremes.js';
import { listed } from '../../base/text/words.js';
import { overlaid } from '../../rasters/heat.js';
import { tileOf } from '../../rasters/tiles.js';
import type { Gradcam } from '../../tasks/visualize/evidence/gradcam.js';
import { wrapText } from '../../terminal/text.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Sheet, sheetSvg, sheetText } from './sheet.js';

interface Row {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

const columns: readonly Column<Row>[] = (['row', 'column', 'value'] as const).map((key) => ({
  key,
  header: `${key[0]!.toUpperCase()}${key.slice(1)}`,
  priority: 0,
  align: 'right',
  value: (row) => row[key],
  ...(key === 'value' && { format: (value) => (value as number).toPrecision(4) }),
}));

/** About how wide the pictures are in a file. */
const SIDE = 280;

const percent = (probability: number): string => `${(100 * probability).toFixed(1)} %`;

/** A picture beside where the evidence for a class lies in it, and the map that this comes from. */
export function gradcamPicture(found: Gradcam): Picture {
  const { picture, label, values, map, layer } = found;
  const largest = maxOf(map.flat());
  const [rows, across] = found.shape;
  // The map is shown about as large as the picture, which is enlarged by a whole number.
  const side = Math.min(SIDE, picture.width * Math.max(1, Math.round(SIDE / picture.width)));
  const sheet: Sheet = {
    title: `${found.model}: where the evidence for ${label} lies${found.run === null ? ` (${found.origin})` : ''}`,
    sections: [
      { heading: `${label}, ${percent(found.probability)}`, tiles: [picture], side: SIDE },
      {
        heading:
          largest > 0 ? `red: ${layer} speaks for ${label}` : `nothing in ${layer} speaks for ${label}`,
        tiles: [overlaid(picture, values, largest)],
        side: SIDE,
      },
      {
        heading: `${across}x${rows} places of ${layer}`,
        tiles: [tileOf(Float32Array.from(map.flat()), rows, across)],
        side,
      },
    ],
  };
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => {
      const said = sentences(found).flatMap((sentence) => wrapText(sentence, style.columns));
      return `${sheetText(sheet, style)}\n${said.join('\n')}\n`;
    },
    json: jsonOf(found),
    table: pictureTable(
      map.flatMap((line, row) => line.map((value, column) => ({ row, column, value }))),
      columns,
    ),
  };
}

/** So many channels are named. */
const NAMED = 3;

function sentences({
  layer,
  label,
  score,
  scoreOf,
  shape,
  weights,
  prediction,
  ...found
}: Gradcam): string[] {
  const [rows, across, depth] = shape;
  const order = weights.map((weight, channel) => ({ weight, channel })).sort((a, b) => b.weight - a.weight);
  const named = (channels: typeof order) =>
    listed(channels.slice(0, NAMED).map(({ weight, channel }) => `${channel} (${signed(weight)})`));
  const raising = order.filter(({ weight }) => weight > 0);
  const lowering = order.filter(({ weight }) => weight < 0).toReversed();
  const parts = [
    ...(raising.length > 0 ? [`most for it channel ${named(raising)}`] : []),
    ...(lowering.length > 0 ? [`against it ${named(lowering)}`] : []),
  ];
  const taken =
    prediction.class === found.class
      ? []
      : [`The picture is taken for ${prediction.label}, ${percent(prediction.probability)}.`];
  return [
    ...taken,
    `${layer}, ${depth} maps of ${across}x${rows}, each weighted by the mean of its gradient of ${label}'s score ${score.toPrecision(4)} (${scoreOf})${parts.length > 0 ? `: ${parts.join('; ')}` : ''}.`,
  ];
}

function signed(weight: number): string {
  return `${weight > 0 ? '+' : ''}${weight.toPrecision(2)}`;
}

function jsonOf(found: Gradcam): object {
  const { model, run, image, class: number, label, probability, score, scoreOf } = found;
  const { prediction, layer, kind, shape, map, weights } = found;
  return {
    model,
    run,
    image,
    class: number,
    label,
    probability,
    score,
    scoreOf,
    prediction,
    layer,
    type: kind,
    mapSize: shape.slice(0, 2),
    map,
    weights,
  };
}
