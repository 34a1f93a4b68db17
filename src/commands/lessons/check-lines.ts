import { UsageError } from '../../base/errors.js';
import { didYouMean } from '../../base/text/nearest.js';
import type { CommandEntry } from '../../cli/command.js';
import { isFlag, readFlags } from '../../cli/flags.js';
import { nameOf } from '../../cli/names.js';
import { GLOBAL_OPTIONS } from '../../cli/options.js';
import type { Lesson, Line } from '../../tasks/lessons/lesson.js';

/** A lesson runs no lesson, and nothing that is for shells. */
const NOT_IN_LESSONS = ['lesson', 'completion'];

/**
 * Checks the command lines of a lesson before any of them runs: that there are such commands, and what their flags are given.
 * @throws UsageError with the line's place in the lesson
 */
export async function checkLines({ steps }: Lesson, commands: readonly CommandEntry[]): Promise<void> {
  const lines = steps.flatMap(({ whole, quick }) => [whole.run, quick?.run ?? null]);
  const known = commands.filter(({ usage }) => !NOT_IN_LESSONS.includes(nameOf(usage)));
  for (const line of new Set(lines)) if (line !== null) await checkLine(line, known);
}

async function checkLine({ words, error }: Line, commands: readonly CommandEntry[]): Promise<void> {
  const [name, ...rest] = words;
  const entry = commands.find(({ usage }) => nameOf(usage) === name);
  if (entry === undefined) {
    if (isFlag(name!)) throw error(`a command is missing before ${name}.`);
    if (NOT_IN_LESSONS.includes(name!)) throw error(`a lesson does not run "${name}".`);
    const names = commands.map(({ usage }) => nameOf(usage));
    throw error(`there is no command "${name}". ${didYouMean(name!, names)}`);
  }
  if (rest.some((word) => /^--json-?[fF]ile(=|$)/.test(word)))
    throw error('--json-file is what the lesson reads figures from: leave it out.');
  const { command } = await entry.load();
  try {
    command.prepare(readFlags(rest, { ...GLOBAL_OPTIONS, ...command.options }, command.name));
  } catch (problem) {
    throw problem instanceof UsageError ? error(problem.message) : problem;
  }
}
