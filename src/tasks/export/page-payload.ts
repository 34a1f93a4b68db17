import type { Graph } from '../../models/graph/graph.js';
import type { ExportFacts } from './facts.js';

/** What the page that a network is exported as carries beside its program: written by the export, read in the browser. */
export interface PagePayload {
  readonly facts: ExportFacts;
  /** Without auxiliary classifiers. */
  readonly graph: Graph;
  readonly weights: PageWeights;
  /** null where none were at hand. */
  readonly pictures: PagePictures | null;
  readonly preparation: PagePreparation;
  /** What the reader should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface PageWeights {
  readonly dtype: 'float32' | 'float16';
  /** In the order in which their values follow each other. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** Test pictures that come inside. */
export interface PagePictures {
  /** The data set's name. */
  readonly dataset: string;
  readonly items: readonly PagePicture[];
}

export interface PagePicture {
  /** Its class, as the data set calls it: one that the network may not know. */
  readonly label: string;
  /** In the data set: "mnist:test:7". */
  readonly name: string;
  /** [H, W, C] bytes, in the order of colours of a picture, as base64; or a JPEG file of them. */
  readonly data: string;
  readonly form: 'bytes' | 'jpeg';
}

/** How what is drawn becomes the input. */
export interface PagePreparation {
  /** Whether the data set shows bright things on black. */
  readonly lightOnDark: boolean;
  /** Whether its pictures are scaled and centred as MNIST's digits are. */
  readonly centred: boolean;
}

/** The ids of the page's blocks of data. Those of weights are numbered from 0. */
export const BLOCKS = { payload: 'cnnzoo-payload', weights: 'cnnzoo-weights-' } as const;

/** Values of weights in one block: a multiple of 3, so that the base64 of each block ends without padding. */
export const VALUES_A_BLOCK = 3 * 2 ** 20;
