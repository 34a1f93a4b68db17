import { codeOf, messageOf, WorkError } from './base/errors.js';
import { shortageOf } from './base/machine/system-errors.js';
import { sentence } from './base/text/visible.js';
import { nameOf } from './cli/names.js';
import { speakInFlags } from './cli/wording.js';
import { COMMANDS } from './commands/index.js';
import { endQuietlyOnClosedPipe } from './ui/lines/pipe.js';

/** How long something that was left open may hold up the end of the process. */
const GRACE_MS = 1000;

speakInFlags();

/** Runs a command line and returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let said = wishesOf(argv);
  try {
    // Files are read while others are compiled: the command's module need not wait for the parser's.
    const hasScreen = argv.length === 0 && (await canOpenStudio());
    COMMANDS.find(({ usage }) => nameOf(usage) === (hasScreen ? 'studio' : argv[0]))
      ?.load()
      .catch(() => {});
    const { parseCommandLine } = await import('./program/parse.js');
    const request = await parseCommandLine(argv, process.stdout.columns || undefined, hasScreen);
    if (request.kind === 'command') {
      said = request;
      return await request.run();
    }
    process.stdout.write(request.text);
    return 0;
  } catch (error) {
    return report(error, said);
  }
}

/** Whether there is a terminal that the studio can be drawn on, with somebody at its keys. */
async function canOpenStudio(): Promise<boolean> {
  const { stdin, stdout, env } = process;
  if (stdin.isTTY !== true || stdout.isTTY !== true) return false;
  const { canDrawScreen } = await import('./terminal/terminal.js');
  return canDrawScreen(stdout, env);
}

/** Says what is wrong in one sentence, and of a bug of ours what to do with it. Returns the exit code. */
function report(error: unknown, { json, verbose }: Wishes): number {
  const known = error instanceof WorkError ? error : (outputError(error) ?? shortageOf(error));
  const lines = known
    ? [...known.sentences]
    : [
        `internal: ${messageOf(error)}`,
        `This is a bug in cnnzoo. Please report it, with the command${verbose ? '' : ' and what it says with --verbose'}.`,
      ];
  if (verbose && error instanceof Error && error.stack) lines.push(...error.stack.split('\n'));
  process.stderr.write(lines.map((line) => `${sentence(line)}\n`).join(''));
  if (json) process.stderr.write(errorLine(known, messageOf(error)));
  return known?.exitCode ?? 1;
}

/** How errors are to be told. */
interface Wishes {
  readonly json: boolean;
  readonly verbose: boolean;
}

/** What a command line asks for, whatever else is wrong with it. */
function wishesOf(argv: readonly string[]): Wishes {
  const format = argv.indexOf('--format');
  const json =
    argv.includes('--json') || argv.includes('--format=json') || (format >= 0 && argv[format + 1] === 'json');
  return { json, verbose: argv.includes('--verbose') };
}

/** The error as one line of JSON, for programs: the last of standard error. */
function errorLine(known: WorkError | undefined, message: string): string {
  const error = {
    message: known?.message ?? message,
    place: known?.place ?? null,
    code: known?.code ?? 'internal',
  };
  return `${JSON.stringify({ error })}\n`;
}

/** A full disk or a broken device behind standard output. */
function outputError(error: unknown): WorkError | undefined {
  if ((error as { syscall?: unknown } | null)?.syscall !== 'write') return undefined;
  return new WorkError(
    `The output could not be written (${codeOf(error)}): is there room left where it goes?`,
  );
}

for (const stream of [process.stdout, process.stderr]) endQuietlyOnClosedPipe(stream);
process.on('uncaughtException', (error) => process.exit(report(error, wishesOf(process.argv.slice(2)))));
process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), GRACE_MS).unref();
