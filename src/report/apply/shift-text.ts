import { counted } from '../../base/text/words.js';
import type { Shift, Shifts } from '../../tasks/apply/shift.js';
import type { TableStyle } from '../table.js';
import { INDENT, indented, words } from './lines.js';

/** What shifts of the picture do to the output, a sentence each. */
export function shiftSection({ layer, shifts }: Shifts, { theme, width }: TableStyle): string[] {
  const lines = shifts.flatMap((shift) => words(sentence(shift), width - INDENT.length));
  return [theme.paint('strong', `${layer}, as the picture is shifted to the right`), ...indented(lines)];
}

function sentence({ columns, same, of, moved }: Shift): string {
  const by = `by ${counted(columns, 'column')}:`;
  if (same === of) return `${by} all ${of} values stay (invariant)`;
  const share = `${same} of ${of} values stay, ${((100 * same) / of).toFixed(1)} %`;
  return moved === null
    ? `${by} ${share}`
    : `${by} ${share}; all move by ${counted(moved, 'column')} (equivariant)`;
}
