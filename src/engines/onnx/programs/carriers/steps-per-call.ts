import { stateTensors } from '../state.js';
import type { TrainingStep } from '../training-step.js';

/** Steps are counted in for about this long, so that stopping stays quick. */
const CALL_MS = 500;
const MOST = 16;

/** Steps a call where a step costs the same in any company. */
export function stepsOfACall(step: TrainingStep, batch: number): number {
  return limited(CALL_MS / stepMs(step, batch));
}

/**
 * The same where each call hands weights and slots over, at 2 GB/s: up to four steps where that would otherwise cost more
 * than a hundredth of the time, in calls of up to three seconds, or more than a twentieth, in longer ones.
 */
export function stepsWorthwhile(step: TrainingStep, batch: number): number {
  const ms = stepMs(step, batch);
  const handOverMs = stateTensors(step).reduce((sum, { group }) => sum + group.size, 0) / 5e5;
  const until = (share: number) => handOverMs / (share * ms);
  const worthwhile = Math.min(4, Math.max(until(0.05), Math.min(until(0.01), 3000 / ms)));
  return limited(Math.max(CALL_MS / ms, worthwhile));
}

/** About how long a step takes, at 200 GFLOP/s: three times the forward pass, at two operations a multiply-accumulate. */
function stepMs({ graph }: TrainingStep, batch: number): number {
  return (6 * batch * graph.nodes.reduce((sum, node) => sum + node.macs, 0)) / 2e8;
}

function limited(steps: number): number {
  return Math.max(1, Math.min(MOST, Math.round(steps)));
}
