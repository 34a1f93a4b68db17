/** What accuracy is held against: less is better. */
export const COSTS = ['macs', 'params', 'seconds'] as const;
export type Cost = (typeof COSTS)[number];
