import { itemsOf } from '../blocks/block.js';
import { readLayers } from './read-layers.js';
import { configSchema } from './schema.js';
import type { Source } from './source.js';
import type { ModelSpec } from './spec.js';
import { wired } from './wiring.js';

/** Whether a YAML text is a layer or a list of layers, and no model, which has layers and says what its input is. */
export function isLayerList({ content }: Source): boolean {
  return typeof content !== 'object' || content === null || !('layers' in content || 'input' in content);
}

/**
 * A spec of nothing but layers: one (`maxPool2d: 2`) or a list. All that a model has besides is as where a config says
 * nothing; its input is one value, to be given another size when it is built.
 * @throws UsageError with file:line:column for whatever is wrong
 */
export function readLayerList(name: string, source: Source): ModelSpec {
  const { content } = source;
  if (content === null || content === undefined || (Array.isArray(content) && content.length === 0)) {
    throw source.error([], 'there is no layer here: a layer was expected, such as "maxPool2d: 2".');
  }
  const items = Array.isArray(content) ? itemsOf(content, []) : [{ value: content, path: [] }];
  const { layers: _layers, ...config } = configSchema.parse({ input: [1, 1, 1], layers: [content] });
  return {
    name,
    config: { ...config, title: name },
    ...wired(source, readLayers(source, items), false),
    source,
  };
}
