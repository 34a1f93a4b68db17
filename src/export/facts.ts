import { RESIZE_RULE } from '../data/resize.js';
import type { Network } from '../training/network.js';
import { cnnzooVersion } from '../training/version.js';
import { scalingOf } from '../weights/use-facts.js';

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
  /** value = (byte / 255 - mean) / std, channel by channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How a picture becomes the input, in words. */
  readonly preprocessing: string;
}

export function factsOf({ name, graph, origin, classes, run }: Network): ExportFacts {
  const [inputHeight, inputWidth, channels] = graph.input;
  const { mean, std } = scalingOf(graph.pixels);
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
    inputChannels: channels === 1 ? 'grey' : channels === 3 ? 'RGB' : String(channels),
    mean,
    std,
    preprocessing: `A picture is ${RESIZE_RULE}; its bytes become (byte / 255 - mean) / std, channel by channel.`,
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
