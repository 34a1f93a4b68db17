import type { StopRequest } from '../../runs/events.js';
import type { Span } from '../../terminal/theme.js';

/** How to speak of the wish to stop later. */
interface Words {
  readonly waiting: string;
  readonly later: string;
  readonly laterInShort: string;
}

/** What the user can do while a run trains, and what was asked for already: the most telling form first. */
export function trainingFooter(
  stopping: StopRequest | undefined,
  hasKeys: boolean,
  ellipsis: string,
): Span[][] {
  const words = {
    waiting: 'stopping after this epoch',
    later: 'stop after this epoch',
    laterInShort: 'stop after epoch',
  };
  return formsOf(stopping, words, hasKeys, ellipsis);
}

/** The same while several runs train. */
export function comparisonFooter(
  stopping: StopRequest | undefined,
  hasKeys: boolean,
  ellipsis: string,
): Span[][] {
  const words = {
    waiting: 'stopping after this run',
    later: 'stop after this run',
    laterInShort: 'stop after run',
  };
  return formsOf(stopping, words, hasKeys, ellipsis);
}

function formsOf(
  stopping: StopRequest | undefined,
  words: Words,
  hasKeys: boolean,
  ellipsis: string,
): Span[][] {
  if (stopping === 'now') {
    const saving: Span = { text: `saving${ellipsis}`, tone: 'warning' };
    return [
      [saving, quiet('  Ctrl-C now leaves at once, unsaved')],
      [saving, quiet('  Ctrl-C now leaves at once')],
      [saving],
    ];
  }
  const stopNow = hasKeys ? key('q', 'stop now') : key('Ctrl-C', 'stop now');
  if (stopping === 'after-epoch') {
    const waiting: Span = { text: `${words.waiting}${ellipsis}`, tone: 'warning' };
    return [[waiting, quiet('  '), ...stopNow], [waiting]];
  }
  if (!hasKeys) return [stopNow];
  return [
    [...key('s', words.later), quiet('   '), ...stopNow],
    [...key('s', words.laterInShort), quiet('  '), ...stopNow],
    stopNow,
  ];
}

function key(name: string, effect: string): Span[] {
  return [{ text: name, tone: 'strong' }, quiet(` ${effect}`)];
}

function quiet(text: string): Span {
  return { text, tone: 'quiet' };
}
