/** How products of convolutions are computed: each output by its own sum of products, or tiles of outputs by Winograd's filtering. */
export const FORMULATIONS = ['direct', 'winograd-2x2', 'winograd-4x4'] as const;

export type Formulation = (typeof FORMULATIONS)[number];

/** Winograd's: F(2x2, 3x3) and F(4x4, 3x3). */
export type Filtering = Exclude<Formulation, 'direct'>;
