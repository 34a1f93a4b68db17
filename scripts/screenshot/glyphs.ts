/** A character cell in the picture. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Weights of the arms of box drawing characters: up, right, down, left. Rounded corners are drawn square. */
const ARMS: Record<string, string> = {
  '─': '0101',
  '━': '0202',
  '│': '1010',
  '┃': '2020',
  '┌': '0110',
  '┐': '0011',
  '└': '1100',
  '┘': '1001',
  '╭': '0110',
  '╮': '0011',
  '╰': '1100',
  '╯': '1001',
  '├': '1110',
  '┤': '1011',
  '┬': '0111',
  '┴': '1101',
  '┼': '1111',
  '╸': '0002',
  '╺': '0200',
};

/**
 * The path of a character that fonts draw differently, with gaps, or not at all: lines, blocks and braille dots.
 * Undefined for those that are better left to the font.
 */
export function glyphPath(char: string, cell: Cell): string | undefined {
  const code = char.codePointAt(0)!;
  if (code > 0x2800 && code <= 0x28ff) return braille(code - 0x2800, cell);
  if (code >= 0x2581 && code <= 0x2588) return fromBelow((code - 0x2580) / 8, cell);
  if (code > 0x2588 && code <= 0x258f)
    return rectangle(cell.x, cell.y, (cell.width * (0x2590 - code)) / 8, cell.height);
  if (char === '▀') return rectangle(cell.x, cell.y, cell.width, cell.height / 2);
  const arms = ARMS[char];
  return arms === undefined ? undefined : boxLines(arms, cell);
}

function braille(dots: number, { x, y, width, height }: Cell): string {
  const radius = 1.25;
  // Bits 0 to 2 are the left column from above, 3 to 5 the right one, 6 and 7 the lowest row.
  const places = [0, 1, 2, 0, 1, 2, 3, 3].map((row, bit) => ({
    row,
    column: bit === 7 || (bit >= 3 && bit <= 5) ? 1 : 0,
  }));
  return places
    .filter((_, bit) => (dots & (1 << bit)) !== 0)
    .map(({ row, column }) => {
      const left = number(x + (width * (2 * column + 1)) / 4 - radius);
      const middle = number(y + (height * (2 * row + 1)) / 8);
      return `M${left} ${middle}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
    })
    .join('');
}

function fromBelow(share: number, { x, y, width, height }: Cell): string {
  return rectangle(x, y + height * (1 - share), width, height * share);
}

function boxLines(arms: string, { x, y, width, height }: Cell): string {
  const [up, right, down, left] = [...arms].map((weight) => 1.4 * Number(weight));
  const [middleX, middleY] = [x + width / 2, y + height / 2];
  const parts: string[] = [];
  if (up! > 0) parts.push(rectangle(middleX - up! / 2, y, up!, height / 2));
  if (down! > 0) parts.push(rectangle(middleX - down! / 2, middleY, down!, height / 2));
  if (left! > 0) parts.push(rectangle(x, middleY - left! / 2, width / 2, left!));
  if (right! > 0) parts.push(rectangle(middleX, middleY - right! / 2, width / 2, right!));
  return parts.join('');
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}z`;
}

/** Two decimals are finer than any screen. */
function number(value: number): string {
  return String(Number(value.toFixed(2)));
}
