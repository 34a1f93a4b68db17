import { counted } from '../../base/text/words.js';
import type {
  ChannelResponses,
  LayerResponses,
  Response,
  Responses,
} from '../../tasks/visualize/responses.js';
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
const SIDES = [28, 64] as const;

/** For each channel the pieces of pictures that excite it most. */
export function responsesPicture(responses: Responses): Picture {
  const { model, run, dataset, split, images, origin, layers } = responses;
  const title = `${model}: what excites ${layers.length === 1 ? layers[0]!.layer : 'its layers'} most in ${counted(images, `${split === 'all' ? '' : `${split} `}image`)} of ${dataset} (weights ${origin})`;
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
  return layer.channels
    .filter(({ top }) => top.length > 0)
    .map((channel) => ({
      heading: `${isNamed ? `${layer.layer} ` : ''}${channel.channel}: ${strengths(channel)}`,
      tiles: channel.top.map(({ patch }) => patch),
      side,
    }));
}

/** "5.21 to 4.08", or that a channel never answers. */
function strengths({ top }: ChannelResponses): string {
  const [first, last] = [top[0]!.value, top.at(-1)!.value];
  if (first === 0 && last === 0) return 'always 0';
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
