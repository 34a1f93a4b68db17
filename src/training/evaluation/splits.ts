/** The parts of a run's images, and all of them together. */
export const SPLITS = ['test', 'train', 'validation', 'all'] as const;
export type SplitName = (typeof SPLITS)[number];
