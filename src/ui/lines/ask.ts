import { createInterface } from 'node:readline/promises';

/** Asks a question that is answered by yes or no, on standard error. @returns null where nobody is there to answer */
export async function askYes(question: string): Promise<boolean | null> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return null;
  // Without its own editing, so that Ctrl-C is what it always is.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const answer = await Promise.race([
      lines.question(`${question} [y/N] `),
      new Promise<string>((resolve) => lines.once('close', () => resolve(''))),
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
