import { cnnzooVersion } from '../../base/files/version.js';
import { resizeRule } from '../../data/pictures/resize.js';
import type { Resize } from '../../recipe/pixels.js';
import type { Network } from '../../training/evaluation/network.js';
import { scalingOf } from '../../weights/use-facts.js';

/** What whoever uses an exported network needs to know beyond its layers. */
export interface ExportFacts {
  readonly cnnzoo: string;
  readonly model: string;
  readonly title: string;
  /** Which weights: "best, of epoch 3". */
  readonly weights: string;
  /** What it was trained on; null where it was not. */
  readonly dataset: string | null;
  /** On the test images; null where nobody looked. */
  readonly testAccuracy: number | null;
  /** A label a class, in the order of the output. */
  readonly labels: readonly string[];
  readonly inputHeight: number;
  readonly inputWidth: number;
  /** The order of the input's channels. */
  readonly inputChannels: string;
  /** How red, green and blue of sRGB, 0 to 255, make a grey byte, rounded (Rec. 601 luma); null where the input has colours. */
  readonly greyWeights: readonly [number, number, number] | null;
  /** How a picture is brought to size, as `pixels.resize` of a config; null for the program's own rule. */
  readonly resize: Resize | null;
  /** value = (byte / 255 - mean) / std, channel by channel of the input. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How a picture becomes the input, in words. */
  readonly preprocessing: string;
}

const REC_601 = [0.299, 0.587, 0.114] as const;
const GREY_RULE = `grey is round(${REC_601[0]} R + ${REC_601[1]} G + ${REC_601[2]} B) of sRGB bytes (Rec. 601 luma); `;

export function factsOf({ name, graph, origin, classes, run }: Network): ExportFacts {
  const [inputHeight, inputWidth, channels] = graph.input;
  const { mean, std } = scalingOf(graph.pixels);
  const { resize, channelOrder } = graph.pixels;
  const colours = channelOrder === 'bgr' ? 'BGR' : 'RGB';
  return {
    cnnzoo: cnnzooVersion(),
    model: name,
    title: graph.title,
    weights: origin,
    dataset: run?.info.dataset.name ?? null,
    testAccuracy: run?.info.test?.accuracy ?? null,
    labels: classes,
    inputHeight,
    inputWidth,
    inputChannels: channels === 1 ? 'grey' : channels === 3 ? colours : String(channels),
    greyWeights: channels === 1 ? REC_601 : null,
    resize: resize ?? null,
    mean,
    std,
    preprocessing: `A picture is ${resizeRule(graph.input, resize)}; ${channels === 1 ? GREY_RULE : ''}its bytes become (byte / 255 - mean) / std, channel by channel${channelOrder === 'bgr' ? ', blue first' : ''}.`,
  };
}

/** The facts as texts by name, for formats that have no other. */
export function factTexts(facts: ExportFacts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
