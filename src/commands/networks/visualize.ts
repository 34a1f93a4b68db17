import { UsageError } from '../../base/errors.js';
import { didYouMean } from '../../base/text/nearest.js';
import { listed } from '../../base/text/words.js';
import type { Kind } from '../../cli/candidates.js';
import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR, INVERT, OTHER_WEIGHTS } from '../../cli/common.js';
import { flagOf } from '../../cli/names.js';
import type { OptionValues } from '../../cli/options.js';
import { COUNT, choice, DATASET, FILE, NETWORK, SWITCH, text } from '../../cli/values.js';
import { NUMBERS, PADDING, STRIDES } from '../../cli/windows.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { Picture, TextEnding } from '../../report/pictures/picture.js';
import { SPLITS } from '../../training/evaluation/splits.js';

/** What can be seen, and what it takes. */
const PICTURES = {
  filters: { takes: 'RUN|MODEL', count: [1, 1], make: filters },
  features: { takes: 'RUN|MODEL IMAGE', count: [2, 2], make: features },
  lines: { takes: 'IMAGE', count: [1, 1], make: lines },
  convolve: { takes: 'IMAGE...', count: [1, Number.POSITIVE_INFINITY], make: convolve },
  responses: { takes: 'RUN|MODEL', count: [1, 1], make: responses },
  gradcam: { takes: 'RUN|MODEL IMAGE', count: [2, 2], make: gradcam },
  occlusion: { takes: 'RUN|MODEL IMAGE', count: [2, 2], make: occlusion },
  mistakes: { takes: 'RUN', count: [1, 1], make: mistakes },
  architecture: { takes: 'MODEL|RUN', count: [1, 1], texts: ['dot', 'mmd'], make: architecture },
  history: { takes: 'RUN...', count: [1, Number.POSITIVE_INFINITY], make: history },
} as const satisfies Record<string, PictureKind>;

type PictureName = keyof typeof PICTURES;

interface PictureKind {
  readonly takes: string;
  /** The least and the most arguments. */
  readonly count: readonly [number, number];
  /** Endings of the file besides those of pictures. */
  readonly texts?: readonly TextEnding[];
  make(items: readonly string[], args: VisualizeArguments): Promise<Picture>;
}

const OPTIONS = {
  out: {
    takes: FILE,
    writes: true,
    describe: 'Write the picture to FILE.png or FILE.svg, an architecture to FILE.dot or FILE.mmd too',
  },
  layer: {
    takes: text('NAME', async ([, run]) => ({ choices: await layersOf(run) })),
    describe: 'Which layer (default: the first convolution; of gradcam the last with maps)',
  },
  allLayers: { takes: SWITCH, describe: 'Responses of every layer with a kernel' },
  channels: { takes: NUMBERS, describe: 'Which of its channels, such as 0,3,8..12' },
  scale: {
    takes: choice(['own', 'shared'], 'SCALE'),
    usual: 'own',
    describe: 'Whether maps share one range from black to white',
  },
  top: { takes: COUNT, usual: '9', describe: 'So many pictures of each channel' },
  kernel: {
    takes: text('KERNEL'),
    many: true,
    describe:
      'A filter to slide: vertical, horizontal, sobel-x, sobel-y, laplace, blur, sharpen, a CSV file, or values such as "0 1 0; 1 -4 1; 0 1 0"',
  },
  from: { takes: NETWORK, describe: "Filters of this network's first convolution instead" },
  filters: { takes: NUMBERS, describe: 'Which of them, such as 0,3,8..12' },
  strides: { takes: STRIDES, usual: '1', describe: 'How far filters move, such as 2 or 2,1' },
  padding: { takes: PADDING, usual: 'same', describe: 'Or so many zeros on every side' },
  size: {
    takes: COUNT,
    usual: "a quarter of the picture's",
    describe: "Pixels of the square's side",
  },
  class: {
    takes: text('CLASS'),
    usual: 'what the picture is taken for',
    describe: 'Evidence for this class',
  },
  weights: OTHER_WEIGHTS,
  worst: { takes: COUNT, usual: '24', describe: 'So many mistakes, the worst first' },
  dataset: { ofRun: true, takes: DATASET, describe: "Other images than the run's: a known name or a folder" },
  split: { takes: choice(SPLITS, 'SPLIT'), usual: 'test', describe: 'Which images' },
  limit: { takes: COUNT, describe: 'The first so many images' },
  invert: INVERT,
  dataDir: { ...DATA_DIR, describe: 'Where data sets lie, for IMAGE as in mnist:test:7' },
  ...COMPUTING,
} as const;

type VisualizeArguments = OptionValues<typeof OPTIONS>;

/** Flags that only some pictures have, and the pictures that have them. */
const OWN_FLAGS: Readonly<Partial<Record<keyof typeof OPTIONS, readonly PictureName[]>>> = {
  layer: ['features', 'responses', 'gradcam'],
  kernel: ['convolve'],
  from: ['convolve'],
  filters: ['convolve'],
  strides: ['convolve'],
  padding: ['convolve'],
  worst: ['mistakes'],
  allLayers: ['responses'],
  channels: ['features', 'responses'],
  scale: ['features'],
  top: ['responses'],
  size: ['occlusion'],
  class: ['gradcam', 'occlusion'],
  weights: ['features', 'responses', 'gradcam', 'occlusion'],
  dataset: ['responses', 'mistakes'],
  split: ['responses', 'mistakes'],
  limit: ['responses', 'mistakes'],
};

export const command = defineCommand({
  name: 'visualize',
  describe: 'Pictures: filters, feature maps, training histories, architectures',
  examples: [
    ['cnnzoo visualize filters runs/lenet5', 'what the first layer learned'],
    ['cnnzoo visualize features runs/lenet5 seven.png --layer conv2d_2', 'what it makes of an image'],
    ['cnnzoo visualize history runs/lenet5 runs/mnist-basic --out history.svg', 'how they were trained'],
    ['cnnzoo visualize architecture googlenet --out googlenet.svg', 'its layers, to scale'],
    ['cnnzoo visualize architecture googlenet --out googlenet.mmd', 'for Mermaid, in a page of GitHub'],
    ['cnnzoo visualize lines photo.jpg --out lines.png', 'two line filters on a photograph'],
    ['cnnzoo visualize features runs/lenet5 mnist:test:1790', 'of an image of a data set'],
    ['cnnzoo visualize responses runs/lenet5 --layer conv2d_2', 'what its channels answer to'],
    ['cnnzoo visualize gradcam runs/lenet5 seven.png', 'where the evidence lies, by the last maps'],
    ['cnnzoo visualize occlusion runs/lenet5 seven.png', 'the same, by covering parts'],
    ['cnnzoo visualize mistakes runs/lenet5 --worst 12', 'what it takes for something else'],
    ['cnnzoo visualize convolve a.jpg b.jpg --kernel sobel-x --kernel blur', 'filters on pictures'],
    ['cnnzoo visualize convolve a.jpg --from runs/lenet5 --filters 0,3', 'filters that were learned'],
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
  options: OPTIONS,
  async run(args) {
    const { checkOut } = await import('../../report/pictures/out.js');
    const { showPicture } = await import('../../ui/lines/show-picture.js');
    const kind = requireKind(args.picture, args.items);
    requireOwnFlags(args.picture, args);
    checkOut(args.out, kind.texts);
    const picture = await kind.make(args.items, args);
    await showPicture(picture, args, { picture: args.picture });
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
  const { layerNames } = await import('../../tasks/visualize/activity/features.js');
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
  const given = items.length === 1 ? 'one argument' : `${items.length} arguments`;
  const isImageMissing = items.length < least && kind.takes.includes('IMAGE');
  const hint = isImageMissing ? ' An IMAGE is a file, or one of a data set such as digits:test:3.' : '';
  throw new UsageError(`${wanted}, got ${given}.${hint}`);
}

/** @throws UsageError for a flag of other pictures */
function requireOwnFlags(picture: string, args: VisualizeArguments): void {
  for (const [key, pictures] of Object.entries(OWN_FLAGS)) {
    const isGiven = args[key as keyof typeof OWN_FLAGS] !== undefined;
    if (!isGiven || pictures.includes(picture as PictureName)) continue;
    throw new UsageError(
      `${flagOf(key)} goes with visualize ${listed(pictures, pictures.length)}, not with ${picture}.`,
    );
  }
}

async function filters([item]: readonly string[]): Promise<Picture> {
  const { firstFilters } = await import('../../tasks/visualize/networks/filters.js');
  const { filtersPicture } = await import('../../report/pictures/filters.js');
  return filtersPicture(await firstFilters(item!));
}

async function lines([image]: readonly string[], { dataDir }: VisualizeArguments): Promise<Picture> {
  const { convolvePictures } = await import('../../tasks/visualize/convolve/convolve.js');
  const { linesPicture } = await import('../../report/pictures/lines.js');
  return withNotices(async (notify) => linesPicture(await convolvePictures([image!], { dataDir }, notify)));
}

async function convolve(images: readonly string[], args: VisualizeArguments): Promise<Picture> {
  const { convolvePictures } = await import('../../tasks/visualize/convolve/convolve.js');
  const { convolvePicture } = await import('../../report/pictures/convolve.js');
  return withNotices(async (notify) => convolvePicture(await convolvePictures(images, args, notify)));
}

async function responses([run]: readonly string[], args: VisualizeArguments): Promise<Picture> {
  const { findResponses } = await import('../../tasks/visualize/activity/responses.js');
  const { responsesPicture } = await import('../../report/pictures/responses.js');
  const request = { ...args, split: args.split ?? 'test' };
  return withNotices(async (notify) => responsesPicture(await findResponses(run!, request, notify)));
}

async function gradcam([network, image]: readonly string[], args: VisualizeArguments): Promise<Picture> {
  const task = await import('../../tasks/visualize/evidence/gradcam.js');
  const { gradcamPicture } = await import('../../report/pictures/gradcam.js');
  return withNotices(async (notify) => gradcamPicture(await task.gradcam(network!, image!, args, notify)));
}

async function occlusion([network, image]: readonly string[], args: VisualizeArguments): Promise<Picture> {
  const { occlude } = await import('../../tasks/visualize/evidence/occlusion.js');
  const { occlusionPicture } = await import('../../report/pictures/occlusion.js');
  return withNotices(async (notify) => occlusionPicture(await occlude(network!, image!, args, notify)));
}

async function mistakes([run]: readonly string[], args: VisualizeArguments): Promise<Picture> {
  const { runMistakes } = await import('../../tasks/visualize/runs/mistakes.js');
  const { mistakesPicture } = await import('../../report/pictures/mistakes.js');
  const request = { ...args, run: run!, split: args.split ?? 'test' };
  return withNotices(async (notify) => mistakesPicture(await runMistakes(request, notify)));
}

async function features([network, image]: readonly string[], args: VisualizeArguments): Promise<Picture> {
  const { featureMaps } = await import('../../tasks/visualize/activity/features.js');
  const { featuresPicture } = await import('../../report/pictures/features.js');
  return withNotices(async (notify) => featuresPicture(await featureMaps(network!, image!, args, notify)));
}

/** Shows what loading a data set has to say on standard error. */
async function withNotices<T>(work: (notify: (notice: DataNotice) => void) => Promise<T>): Promise<T> {
  const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
  const notices = dataNoticesInLines();
  return work(notices.notify).finally(notices.finish);
}

async function history(runs: readonly string[]): Promise<Picture> {
  const { runHistories } = await import('../../tasks/visualize/runs/history.js');
  const { historyPicture } = await import('../../report/pictures/history.js');
  const { histories, problems } = runHistories(runs);
  return { ...historyPicture(histories), problems };
}

async function architecture([item]: readonly string[]): Promise<Picture> {
  const { readArchitecture } = await import('../../tasks/visualize/networks/architecture.js');
  const { architecturePicture } = await import('../../report/pictures/architecture.js');
  return architecturePicture(readArchitecture(item!));
}
