import type { TrainRequest } from '../../training/plan.js';

/** Settings of where and how it is computed, which each part of a training may have of its own: the same comes out. */
export const PLACE_KEYS = ['dataDir', 'imageMemory', 'imageCache', 'engine', 'device', 'threads'] as const;

export type Place = Pick<TrainRequest, (typeof PLACE_KEYS)[number]>;

/** The place that a request names; what it leaves open is taken from another one. */
export function placeOf(request: Place, otherwise: Place = {}): Place {
  return Object.fromEntries(PLACE_KEYS.map((key) => [key, request[key] ?? otherwise[key]]));
}

/** The settings of a training that an evaluation of its run takes as well. */
export const EVALUATION_KEYS = [...PLACE_KEYS, 'strict', 'batchSize'] as const;
