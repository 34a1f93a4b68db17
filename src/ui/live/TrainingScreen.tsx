import { Box, Static, useInput, useStdout } from 'ink';
import { useLayoutEffect } from 'react';
import type { StartEvent } from '../../training/events.js';
import { logLines } from '../log-lines.js';
import { endLine } from '../run-text.js';
import { wrapText } from '../text.js';
import type { Theme } from '../theme.js';
import type { TrainingState } from '../training-state.js';
import { Bars } from './Bars.js';
import { Charts } from './Charts.js';
import { Footer } from './Footer.js';
import { Header, headerLines } from './Header.js';
import { Lines } from './Lines.js';
import { planScreen, type ScreenSize } from './screen-plan.js';

export interface TrainingScreenProps {
  readonly theme: Theme;
  readonly state: TrainingState;
  readonly start: StartEvent;
  readonly size: ScreenSize;
  readonly hasKeys: boolean;
  readonly onKey: (key: string) => void;
  /** Given the way to write above the screen. */
  readonly onReady: (write: (text: string) => void) => void;
  /** Training is over: what stays is a picture of it. */
  readonly finished: boolean;
  /** Whether that says how the run ended. */
  readonly showEnd: boolean;
}

/** `ctrl-c` for that key, also where it comes as a control character among others: two at once are not taken apart. */
function keyName(char: string, ctrl: boolean): string {
  const code = char.charCodeAt(0);
  if (code >= 1 && code <= 26) return `ctrl-${String.fromCharCode(code + 96)}`;
  return ctrl ? `ctrl-${char}` : char;
}

/** The lines that stay, and under them the screen that changes. */
export function TrainingScreen(props: TrainingScreenProps) {
  const { theme, state, start, size, onKey, onReady, hasKeys } = props;
  const { write } = useStdout();
  useLayoutEffect(() => onReady(write), [onReady, write]);
  useInput(
    (input, key) => {
      for (const char of input) onKey(keyName(char, key.ctrl));
    },
    { isActive: hasKeys },
  );
  const log = { theme, width: size.columns - 1, epochs: start.epochs };
  return (
    <>
      <Static items={[...state.log]}>
        {(item, index) => <Lines key={index} lines={logLines(item, log)} />}
      </Static>
      <Frame {...props} />
    </>
  );
}

function Frame({ theme, state, start, size, hasKeys, finished, showEnd }: TrainingScreenProps) {
  const facts = headerLines(start, size.columns - 1, theme.glyphs);
  const plan = planScreen(size, { headerLines: facts.length, braille: theme.glyphs.braille });
  const { gaps, width } = plan;
  return (
    <Box flexDirection="column">
      <Box marginTop={gaps.header} flexShrink={0}>
        <Header theme={theme} lines={facts.slice(0, plan.header)} />
      </Box>
      {!finished && (
        <Box marginTop={gaps.bars} flexShrink={0}>
          <Bars theme={theme} state={state} plan={plan} />
        </Box>
      )}
      {plan.figures > 0 && (
        <Box marginTop={gaps.figures} flexShrink={0}>
          <Charts theme={theme} state={state} plan={plan} />
        </Box>
      )}
      {!finished && plan.footer > 0 && (
        <Box marginTop={gaps.footer} flexShrink={0}>
          <Footer theme={theme} state={state} width={width} hasKeys={hasKeys} />
        </Box>
      )}
      {finished && (
        <Ending text={showEnd && state.end !== undefined ? endLine(state.end) : ''} width={width} />
      )}
    </Box>
  );
}

/** An empty line, which keeps the last picture apart from what follows it, and how the run ended. */
function Ending({ text, width }: { text: string; width: number }) {
  return <Lines lines={text === '' ? [''] : ['', ...wrapText(text, width)]} />;
}
