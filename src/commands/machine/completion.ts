import { basename } from 'node:path';
import { UsageError, WorkError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { visible } from '../../base/text/visible.js';
import { either } from '../../base/text/words.js';
import { defineCommand } from '../../cli/command.js';
import { INSTALLATIONS, SCRIPTS, type Shell } from '../../cli/completion/scripts.js';
import { keysOf } from '../../cli/options.js';
import { text } from '../../cli/values.js';
import { tell } from '../../ui/lines/tell.js';

const SHELLS: readonly Shell[] = keysOf(SCRIPTS);

export const command = defineCommand({
  name: 'completion',
  describe: 'What a shell needs to complete commands, models, runs and flags',
  examples: [
    ['cnnzoo completion bash', 'for bash: source <(cnnzoo completion bash) in ~/.bashrc'],
    ['cnnzoo completion fish > ~/.config/fish/completions/cnnzoo.fish', 'for fish'],
    ['cnnzoo completion zsh -- train len', 'what "cnnzoo train len" may become'],
  ],
  places: {
    shell: {
      takes: text('SHELL', { choices: SHELLS }),
      describe: `${either(SHELLS)} (default: $SHELL's)`,
    },
    words: {
      takes: text('WORD'),
      many: true,
      describe: 'After --: a command line whose last word is to be completed',
    },
  },
  options: {},
  defaults: 'none',
  async run({ shell: wanted, words, format, jsonFile }, { commands }) {
    const shell = readShell(wanted);
    const write = async (result: unknown, text: string) => {
      const json = `${JSON.stringify(result)}\n`;
      if (jsonFile !== undefined) {
        const { writeResult } = await import('../../report/output.js');
        await writeResult(jsonFile, json);
      }
      // As it is: what a shell reads is no text for people.
      process.stdout.write(format === 'json' ? json : text);
    };
    if (words.length > 0) {
      const { complete } = await import('../../cli/completion/complete.js');
      const found = await complete(words, commands).catch(nothingOnError);
      // No shell takes such a name from a line of candidates.
      const candidates = found.filter(({ value }) => visible(value) === value);
      const lines = candidates.map(({ value, describe }) =>
        describe ? `${value}\t${describe}\n` : `${value}\n`,
      );
      await write(candidates, lines.join(''));
      return 0;
    }
    await write({ shell, script: SCRIPTS[shell] }, SCRIPTS[shell]);
    if (process.stdout.isTTY) tell(`notice: to have it in every ${shell}: ${INSTALLATIONS[shell]}`);
    return 0;
  },
});

/** A line that is being typed may well be wrong so far. */
function nothingOnError(error: unknown): [] {
  if (error instanceof WorkError) return [];
  throw error;
}

/** @throws UsageError for a shell that we do not know. */
function readShell(wanted: string | undefined): Shell {
  const name = wanted ?? basename(process.env.SHELL ?? '');
  const found = SHELLS.find((shell) => shell === name);
  if (found) return found;
  if (wanted === undefined) {
    throw new UsageError(
      `$SHELL names none of ${SHELLS.join(', ')}: say which, as in "cnnzoo completion bash".`,
    );
  }
  const close = nearest(wanted, SHELLS);
  const way = close ? `Did you mean ${close}?` : `There are ${SHELLS.join(', ')}.`;
  throw new UsageError(`There is no completion for ${JSON.stringify(wanted)}. ${way}`);
}
