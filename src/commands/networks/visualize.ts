import { UsageError, WorkError } from '../../base/errors.js';
import { didYouMean } from '../../base/text/nearest.js';
import type { Kind } from '../../cli/candidates.js';
import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR, INVERT } from '../../cli/common.js';
import { FILE, text } from '../../cli/values.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { Picture } from '../../report/pictures/picture.js';
import type { FeaturesRequest } from '../../tasks/visualize/features.js';
import { tell } from '../../ui/lines/tell.js';

/** What can be seen, and what it takes. */
const PICTURES = {
  filters: { takes: 'RUN|MODEL', count: [1, 1], make: filters },
  features: { takes: 'RUN IMAGE', count: [2, 2], make: features },
  lines: { takes: 'IMAGE', count: [1, 1], make: lines },
  architecture: { takes: 'MODEL|RUN', count: [1, 1], make: architecture },
  history: { takes: 'RUN...', count: [1, Number.POSITIVE_INFINITY], make: history },
} as const satisfies Record<string, PictureKind>;

type PictureName = keyof typeof PICTURES;

interface PictureKind {
  readonly takes: string;
  /** The least and the most arguments. */
  readonly count: readonly [number, number];
  make(items: readonly string[], args: FeaturesRequest): Promise<Picture>;
}

export const command = defineCommand({
  name: 'visualize',
  describe: 'Pictures: filters, feature maps, training histories, architectures',
  examples: [
    ['cnnzoo visualize filters runs/lenet5', 'what the first layer learned'],
    ['cnnzoo visualize features runs/lenet5 seven.png --layer conv2d_2', 'what it makes of an image'],
    ['cnnzoo visualize history runs/lenet5 runs/mnist-basic --out history.svg', 'how they were trained'],
    ['cnnzoo visualize architecture googlenet --out googlenet.svg', 'its layers, to scale'],
    ['cnnzoo visualize lines photo.jpg --out lines.png', 'two line filters on a photograph'],
    ['cnnzoo visualize features runs/lenet5 mnist:test:1790', 'of an image of a data set'],
  ],
  places: {
    picture: {
      takes: text('PICTURE', { choices: Object.keys(PICTURES) }),
      required: true,
      describe: `What to show: ${Object.keys(PICTURES).join(', ')}`,
    },
    items: {
      takes: text('ITEM', ([picture, ...items]) => kindsOf(picture, items.length)),
      many: true,
      required: true,
      describe: Object.entries(PICTURES)
        .map(([name, { takes }]) => `${name} ${takes}`)
        .join(', '),
    },
  },
  options: {
    out: { takes: FILE, describe: 'Write the picture to FILE.png or FILE.svg' },
    layer: {
      takes: text('NAME', async ([, run]) => ({ choices: await layersOf(run) })),
      describe: 'Feature maps of this layer (default: the first convolution)',
    },
    invert: INVERT,
    dataDir: { ...DATA_DIR, describe: 'Where data sets lie, for IMAGE as in mnist:test:7' },
    ...COMPUTING,
  },
  async run(args) {
    const { checkOut, hasFonts, savePicture } = await import('../../report/pictures/out.js');
    const { print } = await import('../../report/output.js');
    const { renderPicture } = await import('../../report/pictures/render.js');
    const kind = requireKind(args.picture, args.items);
    if (args.layer !== undefined && args.picture !== 'features') {
      throw new UsageError(`--layer goes with visualize features, not with ${args.picture}.`);
    }
    checkOut(args.out);
    const picture = await kind.make(args.items, args);
    const saved = args.out === undefined ? null : await savePicture(picture, args.out);
    if (saved?.format === 'png' && !(await hasFonts())) {
      process.stderr.write(
        'warning: no font is installed here, so the picture has no words: an SVG has them.\n',
      );
    }
    if (saved) tell(`${saved.file}: ${saved.width}x${saved.height} pixels`);
    print(await renderPicture(picture, { picture: args.picture, ...picture.json, out: saved }, args), args);
    if (picture.problems?.length) throw new WorkError(picture.problems);
    return 0;
  },
});

const KINDS: Readonly<Record<string, Kind>> = { RUN: 'run', MODEL: 'model', IMAGE: 'file' };

/** What a picture takes in a place, from 0 on. */
function kindsOf(picture: string | undefined, place: number): Kind[] {
  const places = PICTURES[picture as PictureName]?.takes.replace('...', '').split(' ') ?? [];
  const found = places[Math.min(place, places.length - 1)] ?? '';
  return found.split('|').flatMap((name) => KINDS[name] ?? []);
}

async function layersOf(run: string | undefined): Promise<string[]> {
  const { layerNames } = await import('../../tasks/visualize/features.js');
  return run === undefined ? [] : layerNames(run);
}

/** @throws UsageError for a picture that there is not, and for too few or too many arguments. */
function requireKind(name: string, items: readonly string[]): PictureKind {
  const names = Object.keys(PICTURES);
  if (!names.includes(name)) {
    throw new UsageError(`There is no picture "${name}". ${didYouMean(name, names)}`);
  }
  const kind: PictureKind = PICTURES[name as PictureName];
  const [least, most] = kind.count;
  if (items.length >= least && items.length <= most) return kind;
  const wanted = `visualize ${name} takes ${kind.takes}`;
  throw new UsageError(
    `${wanted}, got ${items.length === 1 ? 'one argument' : `${items.length} arguments`}.`,
  );
}

async function filters([item]: readonly string[]): Promise<Picture> {
  const { firstFilters } = await import('../../tasks/visualize/filters.js');
  const { filtersPicture } = await import('../../report/pictures/filters.js');
  return filtersPicture(await firstFilters(item!));
}

async function lines([image]: readonly string[], { dataDir }: FeaturesRequest): Promise<Picture> {
  const { lineMaps } = await import('../../tasks/visualize/lines.js');
  const { linesPicture } = await import('../../report/pictures/lines.js');
  return withNotices(async (notify) => linesPicture(await lineMaps(image!, { dataDir, notify })));
}

async function features([run, image]: readonly string[], args: FeaturesRequest): Promise<Picture> {
  const { featureMaps } = await import('../../tasks/visualize/features.js');
  const { featuresPicture } = await import('../../report/pictures/features.js');
  return withNotices(async (notify) => featuresPicture(await featureMaps(run!, image!, args, notify)));
}

/** Shows what loading a data set has to say on standard error. */
async function withNotices<T>(work: (notify: (notice: DataNotice) => void) => Promise<T>): Promise<T> {
  const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
  const notices = dataNoticesInLines();
  return work(notices.notify).finally(notices.finish);
}

async function history(runs: readonly string[]): Promise<Picture> {
  const { runHistories } = await import('../../tasks/visualize/history.js');
  const { historyPicture } = await import('../../report/pictures/history.js');
  const { histories, problems } = runHistories(runs);
  return { ...historyPicture(histories), problems };
}

async function architecture([item]: readonly string[]): Promise<Picture> {
  const { readArchitecture } = await import('../../tasks/visualize/architecture.js');
  const { architecturePicture } = await import('../../report/pictures/architecture.js');
  return architecturePicture(readArchitecture(item!));
}
