import { format, stripVTControlCharacters } from 'node:util';

const METHODS = ['debug', 'info', 'log', 'warn', 'error'] as const;

/** Hands what libraries write to the console to `onLine` instead: it would tear a screen apart. Returns the way back. */
export function catchConsole(onText: (text: string, isWarning: boolean) => void): () => void {
  const before = METHODS.map((method) => [method, console[method]] as const);
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) =>
      onText(oneLine(format(...values)), method === 'warn' || method === 'error');
  }
  return () => {
    for (const [method, original] of before) console[method] = original;
  };
}

/** Libraries write several lines in colours of their own. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}
