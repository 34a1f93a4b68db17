import type * as z from 'zod';

/** Where in a run an update stands. */
export interface UpdatePlace {
  /** Updates made before it. */
  readonly update: number;
  readonly updatesPerEpoch: number;
  /** Updates of the whole run. */
  readonly updates: number;
  /** The epochs that are done. */
  readonly history: readonly EpochLosses[];
}

export interface EpochLosses {
  readonly loss: number;
  /** null where no images are kept aside. */
  readonly validationLoss: number | null;
}

/** How the learning rate changes over a run. */
export interface Schedule<S extends z.ZodType> {
  readonly schema: S;
  /** What the optimizer's learning rate is multiplied by. */
  factor(settings: z.output<S>, place: UpdatePlace): number;
}
