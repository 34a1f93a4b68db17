import { Box, type Key, useInput } from 'ink';
import { useEffect, useState } from 'react';
import { stepLines } from '../../report/apply/steps-text.js';
import type { Applied } from '../../tasks/apply/applied.js';
import { moved, type StepMove } from '../../tasks/apply/steps.js';
import type { Theme } from '../../terminal/theme.js';
import { Lines } from '../live/Lines.js';

interface StepsScreenProps {
  readonly applied: Applied;
  readonly theme: Theme;
  readonly stream: NodeJS.WriteStream;
  /** Called once, with whether it was broken off. */
  readonly onEnd: (interrupted: boolean) => void;
}

const KEYS: readonly (readonly [keyof Key, StepMove])[] = [
  ['rightArrow', 'next'],
  ['leftArrow', 'previous'],
  ['downArrow', 'down'],
  ['upArrow', 'up'],
  ['pageDown', 'nextChannel'],
  ['pageUp', 'previousChannel'],
  ['home', 'first'],
  ['end', 'last'],
];

function moveOf(key: Key): StepMove | undefined {
  if (key.tab) return key.shift ? 'previousLayer' : 'nextLayer';
  const named = KEYS.find(([name]) => key[name]);
  return named?.[1];
}

/** The first that fits. */
const HELP = [
  'left right: step  up down: row  page: channel  home end  tab: next layer  q: quit',
  'arrows: step and row  page: channel  tab: layer  q: quit',
  'arrows  tab: layer  q: quit',
];

/** A window that slides through layers by the keys. */
export function StepsScreen({ applied, theme, stream, onEnd }: StepsScreenProps) {
  const [position, setPosition] = useState({ layer: 0, step: 0 });
  const size = useSize(stream);
  useInput((input, key) => {
    const isInterrupt = key.ctrl && input === 'c';
    if (isInterrupt || input === 'q' || key.escape) return onEnd(isInterrupt);
    const move = moveOf(key);
    if (move) setPosition((before) => moved(applied, before, move));
  });
  const width = size.columns - 1;
  const lines = stepLines(applied, position, { width, rows: size.rows - 2, theme });
  const help = theme.paint('quiet', HELP.find(({ length }) => length <= width) ?? HELP.at(-1)!);
  return (
    <Box flexDirection="column" height={size.rows - 1}>
      <Lines lines={lines} />
      <Box flexGrow={1} />
      <Lines lines={[help]} />
    </Box>
  );
}

function useSize(stream: NodeJS.WriteStream) {
  const read = () => ({ columns: stream.columns || 80, rows: stream.rows || 24 });
  const [size, setSize] = useState(read);
  useEffect(() => {
    const resize = () => setSize(read());
    stream.on('resize', resize);
    return () => void stream.off('resize', resize);
  });
  return size;
}
