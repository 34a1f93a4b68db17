import { didYouMean } from '../base/text/nearest.js';
import { globOf } from '../base/text/patterns.js';
import type { ModelSpec } from './config/spec.js';
import type { GraphNode, WeightSpec } from './graph/graph.js';

/** What `freeze` calls all layers but the last one with weights. */
const ALL_BUT_HEAD = 'all-but-head';

/**
 * Layers with what the config says of parts of the network: those that training leaves as they are, and shares of the learning rate.
 * @param auxiliary names of layers that lead to auxiliary classifiers alone
 * @throws UsageError for a name that no layer with weights has, or where nothing is left to train
 */
export function withTrainingParts(
  spec: ModelSpec,
  nodes: readonly GraphNode[],
  auxiliary: ReadonlySet<string>,
): readonly GraphNode[] {
  const { layerLearningRates } = spec.config.training;
  const freeze = [spec.config.training.freeze].flat();
  const rates = Object.entries(layerLearningRates);
  if (freeze.length === 0 && rates.length === 0) return nodes;
  const weighted = nodes.filter(({ weights }) => weights.length > 0);
  const names = weighted.map(({ name }) => name);
  const head = weighted.findLast(({ name }) => !auxiliary.has(name))?.name;
  const matching = (pattern: string, key: 'freeze' | 'layerLearningRates'): ((name: string) => boolean) => {
    if (key === 'freeze' && pattern === ALL_BUT_HEAD) return (name) => name !== head;
    const glob = globOf(pattern);
    if (names.some((name) => glob.test(name))) return (name) => glob.test(name);
    const message = `training.${key}: no layer with weights is called "${pattern}". ${didYouMean(pattern, names)}`;
    throw spec.source.error(['training', key], message);
  };
  const frozen = freeze.map((pattern) => matching(pattern, 'freeze'));
  const shares = rates.map(([pattern, share]) => [matching(pattern, 'layerLearningRates'), share] as const);
  const parts = nodes.map((node) => {
    if (node.weights.length === 0) return node;
    if (frozen.some((isFrozen) => isFrozen(node.name))) return frozenNode(node);
    const [, rate] = shares.find(([isOf]) => isOf(node.name)) ?? [];
    return rate === undefined
      ? node
      : { ...node, weights: node.weights.map((weight) => ({ ...weight, rate })) };
  });
  if (freeze.length > 0 && !parts.some(({ weights }) => weights.some(({ trainable }) => trainable))) {
    const message = 'training.freeze leaves no layer to train: take one of its names out.';
    throw spec.source.error(['training', 'freeze'], message);
  }
  return parts;
}

function frozenNode(node: GraphNode): GraphNode {
  const weights = node.weights.map((weight): WeightSpec => ({ ...weight, trainable: false, decay: false }));
  return { ...node, weights, frozen: true };
}
