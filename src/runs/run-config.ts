import { Document, isMap, isScalar, visit } from 'yaml';
import { cnnzooVersion } from '../base/files/version.js';
import { IMAGENET, labelsFile } from '../data/class-labels.js';
import type { ModelConfig } from '../models/config/schema.js';
import type { ModelSpec } from '../models/config/spec.js';

/** Everything in a config, each setting filled in, but its layers as they were written. */
export type ResolvedConfig = ModelConfig & { readonly layers: unknown };

/** What a run's config.yaml says. @param dataset the images that are really used */
export function resolvedConfig({ config, source }: ModelSpec, dataset = config.dataset): ResolvedConfig {
  const { training, ...model } = config;
  const { layers } = source.content as { layers: unknown };
  return { ...model, ...resolvedLabels(config.labels, source.file), dataset, layers, training };
}

/** A file of labels by its whole path: the config that is written lies elsewhere. */
function resolvedLabels(labels: ModelConfig['labels'], file: string): Pick<ModelConfig, 'labels'> {
  if (labels === undefined) return {};
  return { labels: typeof labels !== 'string' || labels === IMAGENET ? labels : labelsFile(labels, file) };
}

/**
 * The text of a run's config.yaml: the model as it is trained, every setting filled in. It is a MODEL by itself.
 * @param dataset the images that are really used, where they are not those of the model's own config
 */
export function configText(spec: ModelSpec, dataset = spec.config.dataset): string {
  const document = new Document(resolvedConfig(spec, dataset), { aliasDuplicateObjects: false });
  document.commentBefore = ` ${spec.name} as trained by cnnzoo ${cnnzooVersion()}, with every setting of the training filled in.`;
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
