import { Document, isMap, isScalar, visit } from 'yaml';
import type { ModelSpec } from '../models/spec.js';
import { cnnzooVersion } from './version.js';

/**
 * The text of a run's config.yaml: the model as it is trained, every setting filled in. It is a MODEL by itself.
 * @param dataset the images that are really used, where they are not those of the model's own config
 */
export function configText({ name, config, source }: ModelSpec, dataset = config.dataset): string {
  const { training, ...model } = config;
  const { layers } = source.content as { layers: unknown };
  const document = new Document({ ...model, dataset, layers, training }, { aliasDuplicateObjects: false });
  document.commentBefore = ` ${name} as trained by cnnzoo ${cnnzooVersion()}, with every setting of the training filled in.`;
  // As in the zoo's own files: lists and mappings of plain values stand on one line.
  visit(document, {
    Collection(key, node) {
      const values = isMap(node) ? node.items.map(({ value }) => value) : node.items;
      const isLayer = isMap(node) && typeof key === 'number';
      if (key !== null && !isLayer && values.every((value) => isScalar(value))) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 110 });
}
