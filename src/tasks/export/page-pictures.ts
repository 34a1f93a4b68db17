import { WorkError } from '../../base/errors.js';
import { sizeOf } from '../../base/tensor.js';
import { knownDatasets, locate } from '../../data/load.js';
import type { DataNotice, Dataset, Split } from '../../data/sets/dataset.js';
import { evaluationImages } from '../../training/evaluation/evaluate-run.js';
import type { Network } from '../../training/evaluation/network.js';
import type { PagePictures } from './page-payload.js';

/** So many come inside. */
const INSIDE = 20;
/** So many, at most, say whether float16 changes an answer; of networks that take long for it fewer. */
const CHECKED = 200;
const MOST_MACS = 4e10;
/** So many are looked at for one of each class. */
const SEARCHED = 5000;
/** Pictures of more bytes in all are kept as JPEG. */
const MOST_BYTES = 500_000;
const JPEG_QUALITY = 90;

/** Test images of a network's data set. */
export interface TestPictures {
  readonly dataset: string;
  /** [count, H, W, C], the first of the test images. */
  readonly checked: Uint8Array;
  readonly inside: PagePictures;
}

/** Why there are no test images, in a sentence. */
export interface NoPictures {
  /** For the page's readers. */
  readonly missing: string;
  /** For whoever makes it: with the names of folders, which are nobody else's business. */
  readonly why: string;
}

const NONE = 'There are no test pictures inside';

/** The test images that a page is checked with, and those that come inside; or why the data set cannot be used. */
export async function testPictures(network: Network, item: string): Promise<TestPictures | NoPictures> {
  const name = network.run?.info.dataset.request ?? network.spec.config.dataset;
  if (name === undefined) return missing(`${NONE}: the model names no data set.`);
  const dataDir = network.run?.info.dataset.dataDir ?? undefined;
  try {
    const isKnown = knownDatasets().some((known) => known.name === name);
    // Nothing is fetched for a page.
    if (isKnown && (await locate(name, dataDir)).found === undefined)
      return missing(`${NONE}: ${name} is not on the machine that made this page.`);
    const messages: DataNotice[] = [];
    const request = { run: item, split: 'test', limit: SEARCHED } as const;
    const { dataset, split } = await evaluationImages(network, request, (notice) => messages.push(notice));
    const checked = await read(
      split,
      [...Array(Math.min(checkedCount(network), split.count)).keys()],
      network,
    );
    return { dataset: dataset.name, checked, inside: await inside(dataset, split, network) };
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    return { missing: `${NONE}: they could not be read.`, why: `${NONE}: ${error.sentences.join(' ')}` };
  }
}

const missing = (sentence: string): NoPictures => ({ missing: sentence, why: sentence });

function checkedCount({ graph }: Network): number {
  const macs = graph.nodes.reduce((sum, node) => sum + node.macs, 0);
  return Math.max(INSIDE, Math.min(CHECKED, Math.floor(MOST_MACS / macs)));
}

async function read(
  split: Split,
  indices: readonly number[],
  { graph }: Pick<Network, 'graph'>,
): Promise<Uint8Array> {
  const out = new Uint8Array(indices.length * sizeOf(graph.input));
  await split.read(Uint32Array.from(indices), out);
  return out;
}

/** As many of each class as of the others, as far as there are. */
async function inside(
  { name: dataset, classes }: Dataset,
  split: Split,
  { graph }: Network,
): Promise<PagePictures> {
  const indices = evenly(split.labels);
  const size = sizeOf(graph.input);
  const pixels = await read(split, indices, { graph });
  const isLarge = pixels.length > MOST_BYTES && graph.input[2] !== 2;
  const items = await Promise.all(
    indices.map(async (index, i) => {
      const bytes = pixels.subarray(i * size, (i + 1) * size);
      const data = isLarge ? await jpegOf(bytes, graph.input) : Buffer.from(bytes);
      const image = split.nameOf?.(index) ?? `${dataset}:test:${index}`;
      return {
        label: classes[split.labels[index]!]!,
        // A path on the machine that made the page is nobody else's business.
        name: image.replace(/^.*[\\/]/, ''),
        data: data.toString('base64'),
        form: isLarge ? ('jpeg' as const) : ('bytes' as const),
      };
    }),
  );
  return { dataset, items };
}

/** The first images of each class in turn, until there are enough. @returns their places, by class */
function evenly(labels: Int32Array): number[] {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, index) => {
    byClass.set(label, [...(byClass.get(label) ?? []).slice(0, INSIDE - 1), index]);
  });
  const classes = [...byClass].sort(([a], [b]) => a - b).map(([, indices]) => indices);
  const rounds = Array.from({ length: INSIDE }, (_, round) =>
    classes.flatMap((indices) => indices.slice(round, round + 1)),
  );
  const chosen = new Set(rounds.flat().slice(0, INSIDE));
  return classes.flatMap((indices) => indices.filter((index) => chosen.has(index)));
}

async function jpegOf(bytes: Uint8Array, [height, width, channels]: readonly number[]): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const raw = { height: height!, width: width!, channels: channels as 1 | 3 };
  return sharp(bytes, { raw }).jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();
}
