import type { TableStyle } from '../../../src/report/table.js';
import { createTheme } from '../../../src/terminal/theme.js';

/** How tables are drawn on a terminal of so many columns, or into a file; without colour. */
export function plainStyle(width = Number.POSITIVE_INFINITY): TableStyle {
  return { width, theme: createTheme(0, true) };
}
