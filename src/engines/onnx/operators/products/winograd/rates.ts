/**
 * What estimates of formulations are made of: operations in a millisecond of the direct form, of the products of tiles and of
 * their transforms, and bytes read and written by what only moves. Written by `npm run bench:formulations -- --write` on two
 * cores of an AMD EPYC with AVX-512: what counts is how they compare.
 */
export const RATES = {
  direct: 480000000,
  products: 440000000,
  transforms: 220000000,
  moved: 39000000,
};
