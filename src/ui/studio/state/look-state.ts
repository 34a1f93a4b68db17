import type { Raster } from '../../../base/raster.js';

/** A layer as it is looked at. */
export interface SeenLayer {
  readonly name: string;
  readonly kind: string;
  /** [H, W, C] or [F] */
  readonly shape: readonly number[];
}

/** What a network makes of a picture. */
export interface Seen {
  readonly run: string;
  readonly image: string;
  /** What it is, where that is known. */
  readonly label: string | null;
  readonly picture: Raster;
  readonly layers: readonly SeenLayer[];
  /** The most probable first. */
  readonly guesses: readonly { readonly label: string; readonly probability: number }[];
}

/** The channels of a layer as small pictures, and what they range over. */
export interface SeenMaps {
  readonly layer: string;
  readonly maps: readonly {
    readonly tile: Raster;
    readonly min: number;
    readonly max: number;
    readonly mean: number;
  }[];
}

/** How a value of a layer comes about, in lines of plain text; what stands in brackets is what is looked at. */
export interface SeenValue {
  readonly lines: readonly string[];
}

/** Test images that were taken for something else. */
export interface SeenMistakes {
  /** How many there are in all. */
  readonly wrong: number;
  /** Those that the network is most wrong about, by their names, the worst first. */
  readonly worst: readonly { readonly image: string; readonly predicted: string }[];
}

/** What channels make of the picture, their filters, the pictures that excite them most, and where the evidence lies. */
export type LookView = 'maps' | 'filters' | 'responses' | 'gradcam' | 'occlusion';

export interface LookState {
  readonly run: string | null;
  readonly image: string | null;
  /** A picture that was typed, until it is known whether there is one; what is shown stays until then. */
  readonly typed: string | null;
  readonly view: LookView;
  readonly layer: number;
  readonly channel: number;
  /** The value under the cursor, [row, column]; null where channels are gone through. */
  readonly place: readonly [number, number] | null;
  /** Whether the arithmetic of that value is asked for. */
  readonly isExplained: boolean;
  /** The number among the mistakes, where those are gone through. */
  readonly mistake: number | null;
  /** Which weights a run has to show, by its folder: other ones have another version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Answers by the keys of questions (`keyOfQuestion` of effect.ts). A text says why there is none. */
  readonly seen: Readonly<Record<string, Seen | string>>;
  readonly maps: Readonly<Record<string, SeenMaps | string>>;
  readonly values: Readonly<Record<string, SeenValue | string>>;
  readonly mistakes: Readonly<Record<string, SeenMistakes | string>>;
  readonly evidence: Readonly<Record<string, { readonly raster: Raster; readonly words: string } | string>>;
}

/** Where looking at a run begins: at a picture that is still to be found, and at its first layer. */
export const BEGINNING = {
  image: null,
  layer: 0,
  channel: 0,
  place: null,
  isExplained: false,
  mistake: null,
} as const satisfies Partial<LookState>;

export const EMPTY_LOOK: LookState = {
  run: null,
  ...BEGINNING,
  typed: null,
  view: 'maps',
  versions: {},
  seen: {},
  maps: {},
  values: {},
  mistakes: {},
  evidence: {},
};
