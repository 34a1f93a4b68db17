/** A field of a CSV file (RFC 4180), in quotes where it needs them. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The fields of each line of a CSV file (RFC 4180, lines end with "\n").
 * @returns undefined where the text is torn: inside quotes, or before the end of its last line
 */
export function csvRows(text: string): string[][] | undefined {
  const rows: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])/y;
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (found === null) return undefined;
    const [, quoted, plain, end] = found;
    row.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return row.length === 0 ? rows : undefined;
}
