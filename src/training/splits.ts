/** The parts of a run's images. */
export const SPLITS = ['test', 'train', 'validation'] as const;
export type SplitName = (typeof SPLITS)[number];
