import type { Raster } from '../../base/raster.js';
import { counted, listed } from '../../base/text/words.js';
import type {
  ChannelResponses,
  LayerResponses,
  Response,
  Responses,
} from '../../tasks/visualize/activity/responses.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Section, sheetSvg, sheetText } from './sheet.js';

interface Row {
  readonly layer: string;
  readonly channel: number;
  readonly image: number;
  readonly name: string;
  readonly place: string;
  readonly window: string;
  readonly value: number;
}

const right = 'right' as const;
const columns: readonly Column<Row>[] = [
  { key: 'layer', header: 'Layer', priority: 1, value: (row) => row.layer },
  { key: 'channel', header: 'Channel', priority: 0, align: right, value: (row) => row.channel },
  { key: 'image', header: 'Image', priority: 2, align: right, value: (row) => row.image },
  { key: 'name', header: 'Name', priority: 5, shrinkTo: 16, value: (row) => row.name },
  { key: 'place', header: 'Place', priority: 3, value: (row) => row.place },
  { key: 'window', header: 'Window', priority: 4, value: (row) => row.window },
  {
    key: 'value',
    header: 'Value',
    priority: 0,
    align: right,
    value: (row) => row.value,
    format: (value) => (value as number).toFixed(4),
  },
];

/** About how wide a piece of a picture is in a file: small ones need less to be seen. */
const SIDES = [36, 64] as const;

/** What lies outside of a picture, where a channel sees padding. */
const OUTSIDE = [208, 215, 222, 255] as const;

/** For each channel the pieces of pictures that excite it most. */
export function responsesPicture(responses: Responses): Picture {
  const { model, run, dataset, split, images, origin, layers } = responses;
  const which = layers.length === 1 ? layers[0]!.layer : 'its layers';
  const among = counted(images, `${split === 'all' ? '' : `${split} `}image`);
  const title = `${model}: what excites ${which} most in ${among} of ${dataset} (weights ${origin})${silent(layers)}`;
  const sections = layers.flatMap((layer) => sectionsOf(layer, layers.length > 1));
  // In a terminal a channel takes a line of pieces.
  const inRows = sections.map((section) => ({ ...section, columns: section.tiles.length }));
  const figures = layers.map(figuresOf);
  const whole = { model, run, dataset, split, images };
  return {
    svg: () => sheetSvg({ title, sections }),
    pngScale: 1,
    terminal: (style) => sheetText({ title, sections: inRows }, style),
    json: layers.length === 1 ? { ...whole, ...figures[0] } : { ...whole, layers: figures },
    table: pictureTable(layers.flatMap(rowsOf), columns),
  };
}

function sectionsOf(layer: LayerResponses, isNamed: boolean): Section[] {
  const [least, most] = SIDES;
  const side = Math.min(most, Math.max(least, 4 * layer.receptiveField[1]));
  return layer.channels.filter(isExcited).map((channel, i) => ({
    heading: `${isNamed ? `${layer.layer} ` : ''}${layer.labels?.[channel.channel] ?? channel.channel}: ${strengths(channel)}`,
    // A piece that leaves the channel at 0 is one of many.
    tiles: channel.top.filter(({ value }) => value !== 0).map(({ patch }) => grounded(patch)),
    side,
    startsRow: i === 0,
  }));
}

/** A channel that is 0 everywhere has no pictures to show. */
function isExcited({ top }: ChannelResponses): boolean {
  return top.some(({ value }) => value !== 0);
}

/** "; always 0: conv2d_1 3 and 7" */
function silent(layers: readonly LayerResponses[]): string {
  const names = layers.flatMap(({ layer, channels }) =>
    channels.filter((channel) => !isExcited(channel)).map(({ channel }) => `${layer} ${channel}`),
  );
  return names.length === 0 ? '' : `; always 0: ${listed(names, 6)}`;
}

function grounded({ width, height, pixels }: Raster): Raster {
  const filled = pixels.slice();
  for (let i = 3; i < filled.length; i += 4) if (filled[i] === 0) filled.set(OUTSIDE, i - 3);
  return { width, height, pixels: filled };
}

/** "5.21 to 4.08" */
function strengths(channel: ChannelResponses): string {
  const top = channel.top.filter(({ value }) => value !== 0);
  const [first, last] = [top[0]!.value, top.at(-1)!.value];
  return top.length === 1 ? short(first) : `${short(first)} to ${short(last)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** What JSON says of a layer. */
function figuresOf({ layer, receptiveField, channels }: LayerResponses): object {
  return {
    layer,
    receptiveField,
    channels: channels.map(({ channel, top }) => ({
      channel,
      top: top.map(({ image, name, place, window, value }: Response) => ({
        image,
        name,
        place,
        window,
        value,
      })),
    })),
  };
}

function rowsOf({ layer, channels }: LayerResponses): Row[] {
  return channels.flatMap(({ channel, top }) =>
    top.map(({ image, name, place, window, value }) => ({
      layer,
      channel,
      image,
      name,
      place: place.join(','),
      window: window.join(','),
      value,
    })),
  );
}
