import type { Category } from '../../tasks/visualize/networks/architecture.js';

/** What a box is filled with. */
export const COLORS: Readonly<Record<Category, string>> = {
  image: '#d0d7de',
  convolution: '#4c8dd6',
  pooling: '#e8a33d',
  dense: '#54a868',
  join: '#9b7fc9',
  other: '#8c959f',
};
