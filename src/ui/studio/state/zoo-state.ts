import type { ListRow } from '../../../models/listing.js';
import type { ModelSummary } from '../../../models/summary.js';
import type { Architecture } from '../../../tasks/visualize/networks/architecture.js';

/** A model of the zoo, or a YAML file in the folder that the studio was opened in. */
export interface ZooRow {
  /** As commands take it. */
  readonly model: string;
  readonly isOwn: boolean;
  /** Of its file: what is changed has another one. */
  readonly version: string;
  /** null until it is read. */
  readonly figures: ListRow | null;
  readonly problem: string | null;
}

/** What a form of a training begins with: what the model's config says. */
export interface TrainingDefaults {
  readonly dataset: string | null;
  readonly standIn: string | null;
  readonly epochs: number;
  readonly batchSize: number;
  /** null of one that cannot be trained as it is. */
  readonly optimizer: string | null;
  readonly learningRate: number | null;
  readonly seed: number;
}

/** What some fields of a training go through. */
export interface TrainingChoices {
  /** Those that are on this machine first. */
  readonly datasets: readonly string[];
  /** The learning rate of each as it is without settings. */
  readonly optimizers: Readonly<Record<string, number>>;
  /** What the options of the command are for, by their keys. */
  readonly help: Readonly<Record<string, string>>;
}

/** A model from near. */
export interface ModelDetail {
  readonly summary: ModelSummary;
  readonly architecture: Architecture;
  readonly description: string;
  readonly source: string;
  readonly training: TrainingDefaults;
}

export type ZooView = 'layers' | 'drawing';

export interface ZooState {
  readonly rows: readonly ZooRow[];
  /** By the model; a text says why there is none. */
  readonly details: Readonly<Record<string, ModelDetail | string>>;
  readonly choices: TrainingChoices;
  readonly view: ZooView;
  /** The layer under the cursor, by its number. */
  readonly layer: number;
  /** The first line of the drawing that is shown. */
  readonly scroll: number;
}

export const EMPTY_ZOO: ZooState = {
  rows: [],
  details: {},
  choices: { datasets: [], optimizers: {}, help: {} },
  view: 'layers',
  layer: 0,
  scroll: 0,
};
