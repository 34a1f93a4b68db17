import { printPlan } from '../../src/engines/onnx/plan/print.js';
import { buildGraph } from '../../src/models/build.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { GOLDENS } from './goldens.js';

export const PLAN_GOLDENS = new URL('plans/', GOLDENS);

/** A batch for throughput, and the smallest one. */
const BATCHES = [64, 1];
/** Channels in a block with AVX-512; none on the other providers, and where ONNX Runtime has no such layout. */
const CHANNEL_BLOCKS = [16, null];

/** The plans of every network of the zoo, by the name of the file in test/fixtures/golden/plans that holds them. */
export function planGoldens(): Map<string, string> {
  return new Map(modelNames().map((name) => [`${name}.txt`, plansOf(name)]));
}

/** Plans one below the other, each below the settings that it is for; channel blocks that make no difference share one. */
function plansOf(name: string): string {
  const graph = buildGraph(loadModel(name));
  const settings = new Map<string, string[]>();
  for (const batch of BATCHES) {
    for (const channelBlock of CHANNEL_BLOCKS) {
      const plan = printPlan(graph, batch, channelBlock);
      const layout = channelBlock === null ? 'portable' : `channel blocks of ${channelBlock}`;
      settings.set(plan, [...(settings.get(plan) ?? []), layout]);
    }
  }
  return [...settings].map(([plan, layouts]) => `# ${layouts.join(', and ')}\n${plan}`).join('\n');
}
