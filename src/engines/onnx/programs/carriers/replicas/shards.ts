import { kindsOf } from '../../state.js';
import type { TrainingStep } from '../../training-step.js';

/** The values of a group that one replica updates. */
export interface Shard {
  /** The group's place among all. */
  readonly at: number;
  /** What is kept of a group: weights first, then the optimizer's slots. */
  readonly kinds: readonly string[];
  /** Its first value in the group's tensor, and how many there are. */
  readonly from: number;
  readonly length: number;
  /** Where it begins among the values of all trained groups, one after the other. */
  readonly place: number;
}

/** Shards begin where a line of the processor's cache may: at 64 bytes. */
const ALIGNED = 16;

/** What each replica updates: about as much of every group that is trained; nothing of those that are too small. */
export function shardsOf({ groups, slots }: TrainingStep, replicas: number): Shard[][] {
  const all: Shard[][] = Array.from({ length: replicas }, () => []);
  let before = 0;
  for (const [at, group] of groups.entries()) {
    if (!group.trainable) continue;
    const bounds = all.map((_, replica) => Math.floor((group.size * replica) / replicas / ALIGNED) * ALIGNED);
    for (const [replica, shards] of all.entries()) {
      const from = bounds[replica]!;
      const length = (bounds[replica + 1] ?? group.size) - from;
      if (length > 0) shards.push({ at, kinds: kindsOf(group, slots), from, length, place: before + from });
    }
    before += group.size;
  }
  return all;
}
