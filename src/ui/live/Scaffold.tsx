import { Static, useInput, useStdout } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import { logLines } from '../lines/log-lines.js';
import type { ScreenProps } from '../screen/ink-screen.js';
import { charName } from '../screen/key-names.js';
import type { LogItem } from '../state/training-state.js';
import { Lines } from './Lines.js';

interface ScaffoldProps extends ScreenProps {
  readonly log: readonly LogItem[];
  readonly epochs: number;
  readonly children: ReactNode;
}

/** The lines that stay, under them the screen that changes, and the keys. */
export function Scaffold({
  theme,
  size,
  hasKeys,
  onKey,
  onReady,
  log,
  epochs,
  children,
}: Omit<ScaffoldProps, 'finished'>) {
  const { write } = useStdout();
  useLayoutEffect(() => onReady(write), [onReady, write]);
  useInput(
    (input, key) => {
      for (const char of input) onKey(charName(char, key.ctrl));
    },
    { isActive: hasKeys },
  );
  const options = { theme, width: size.columns - 1, epochs };
  return (
    <>
      <Static items={[...log]}>
        {(item, index) => <Lines key={index} lines={logLines(item, options)} />}
      </Static>
      {children}
    </>
  );
}
