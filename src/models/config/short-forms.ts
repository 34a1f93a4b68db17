import type { Path } from '../../base/yaml/path.js';
import { LAYERS, type LayerKind, layerDef } from '../layers/index.js';

/** Settings of the training that are chosen by a name: `schedule: cosine` is short for `schedule: { name: cosine }`. */
export const NAMED: readonly string[] = ['optimizer', 'schedule', 'loss'];

/** The setting that is meant where a value alone stands at a place: `name`, or `poolSize` of `maxPool2d: 2`. */
export function meantAlone(path: Path): string | undefined {
  const [before, key] = path.slice(-2);
  if (path.length === 2 && before === 'training') return NAMED.includes(String(key)) ? 'name' : undefined;
  // The only lists of mappings are those of layers.
  const isLayer = typeof before === 'number' && Object.hasOwn(LAYERS, key!);
  return isLayer ? layerDef(key as LayerKind).shorthand : undefined;
}
