import { nameOf } from './cli/names.js';
import { speakInFlags } from './cli/wording.js';
import { COMMANDS } from './commands/index.js';
import { endQuietlyOnClosedPipe } from './ui/lines/pipe.js';
import { type ErrorWishes, tellError } from './ui/lines/tell-error.js';

/** How long something that was left open may hold up the end of the process. */
const GRACE_MS = 1000;

speakInFlags();

/** Runs a command line and returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let said: ErrorWishes = wishesOf(argv);
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
    return tellError(error, said);
  }
}

/** Whether there is a terminal that the studio can be drawn on, with somebody at its keys. */
async function canOpenStudio(): Promise<boolean> {
  const { stdin, stdout, env } = process;
  if (stdin.isTTY !== true || stdout.isTTY !== true) return false;
  const { canDrawScreen } = await import('./terminal/terminal.js');
  return canDrawScreen(stdout, env);
}

/** What a command line asks for, whatever else is wrong with it. */
function wishesOf(argv: readonly string[]): ErrorWishes {
  const format = argv.indexOf('--format');
  const json =
    argv.includes('--json') || argv.includes('--format=json') || (format >= 0 && argv[format + 1] === 'json');
  return { json, verbose: argv.includes('--verbose') };
}

for (const stream of [process.stdout, process.stderr]) endQuietlyOnClosedPipe(stream);
process.on('uncaughtException', (error) => process.exit(tellError(error, wishesOf(process.argv.slice(2)))));
process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), GRACE_MS).unref();
