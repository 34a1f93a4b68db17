import { formatDuration, formatInteger, formatLoss, formatPercent } from '../../base/text/format.js';
import { commandLine, setting } from '../../base/text/settings.js';
import { visible } from '../../base/text/visible.js';
import { counted } from '../../base/text/words.js';
import type { EndEvent, StartEvent } from '../../runs/events.js';

/** What runs on what, as groups of facts; what belongs together stands in one group. */
export function runFacts(start: StartEvent): { name: string[]; data: string[]; training: string[] } {
  const clean = (facts: string[]): string[] =>
    facts.map((fact) => visible(fact).trim()).filter((fact) => fact !== '');
  const title = start.title === '' || start.title === start.model ? [] : [start.title];
  return {
    name: clean([...title, start.model]),
    data: clean([
      `${start.dataset}, ${formatInteger(start.trainImages)} images`,
      `${start.engine} on ${start.device}`,
      start.deviceDescription,
    ]),
    training: clean([
      `${formatInteger(start.params)} parameters`,
      start.optimizer,
      `batch size ${formatInteger(start.batchSize)}`,
      `seed ${start.seed}`,
      start.run,
    ]),
  };
}

const REASONS: Record<EndEvent['reason'], () => string> = {
  completed: () => '',
  'early-stopping': () => 'stopped early: no longer getting better',
  'target-reached': () => `reached what ${setting('until')} asks for`,
  stopped: () => 'stopped as asked',
  interrupted: () => 'interrupted; everything so far is saved',
  diverged: () => 'the loss is no longer a number',
};

/** How long a run took and, unless it was completed, why it ended. */
export function endSentence(end: EndEvent): string {
  return epochsAndTime(end) + reasonInBrackets(end);
}

/** The last line of a run's progress. */
export function endLine(end: EndEvent): string {
  const accuracy = end.testAccuracy === null ? '' : `, test accuracy ${formatPercent(end.testAccuracy)}`;
  const loss = end.testLoss === null ? '' : `, test loss ${formatLoss(end.testLoss)}`;
  const outcome = end.reason === 'completed' ? 'done' : 'ended';
  return `${outcome}: ${epochsAndTime(end)}${accuracy}${loss}${reasonInBrackets(end)}`;
}

function epochsAndTime({ epochs, seconds }: EndEvent): string {
  return `${counted(epochs, 'epoch')} in ${formatDuration(seconds)}`;
}

function reasonInBrackets({ reason }: EndEvent): string {
  const why = REASONS[reason]();
  return why === '' ? '' : ` (${why})`;
}

/** Commands that go on from where the run ended. */
export function nextCommands(start: StartEvent, end: EndEvent): string[] {
  const { run, reason } = end;
  const evaluate = commandLine('evaluate', { words: [run] });
  if (reason !== 'interrupted' && reason !== 'stopped') return [evaluate];
  return [commandLine('train', { words: [start.model], settings: { resume: run } }), evaluate];
}
