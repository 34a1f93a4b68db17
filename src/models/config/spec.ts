import type { Path } from '../../base/yaml/path.js';
import type { LayerKind } from '../layers/index.js';
import type { ModelConfig } from './schema.js';
import type { Source } from './source.js';

/** A layer of a config whose settings have been checked. */
export interface ReadLayer {
  readonly kind: LayerKind;
  /** With `name` and `from`, where the config gives them. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Of the entry in the list of layers. */
  readonly itemPath: Path;
  /** Of its settings. */
  readonly path: Path;
}

/** One layer of a spec: its kind, its parameters with defaults filled in, and where it stands. */
export interface LayerSpec {
  readonly kind: LayerKind;
  readonly name: string;
  readonly params: Record<string, unknown>;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
  readonly path: Path;
}

/** A checked config: blocks expanded, layers named, everything filled in. */
export interface ModelSpec {
  /** The zoo's name, or the file's name without its ending. */
  readonly name: string;
  readonly config: ModelConfig;
  readonly layers: readonly LayerSpec[];
  /** The last layers of auxiliary classifiers, and what their losses count for. */
  readonly auxiliaries: readonly { readonly layer: string; readonly weight: number }[];
  readonly source: Source;
}
