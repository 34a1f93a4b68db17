import { Box } from 'ink';
import type { StartEvent } from '../../runs/events.js';
import { wrapText } from '../../terminal/text.js';
import { endLine } from '../lines/run-text.js';
import type { ScreenProps } from '../screen/ink-screen.js';
import { planScreen } from '../state/screen-plan.js';
import type { TrainingState } from '../state/training-state.js';
import { Bars } from './Bars.js';
import { Charts } from './Charts.js';
import { Footer } from './Footer.js';
import { Header, headerLines } from './Header.js';
import { Lines } from './Lines.js';
import { Scaffold } from './Scaffold.js';

interface TrainingScreenProps extends ScreenProps {
  readonly state: TrainingState;
  readonly start: StartEvent;
  /** Whether the last picture says how the run ended. */
  readonly showEnd: boolean;
}

/** One run: how far it is, and how it came there. */
export function TrainingScreen(props: TrainingScreenProps) {
  return (
    <Scaffold {...props} log={props.state.log} epochs={props.start.epochs}>
      <Frame {...props} />
    </Scaffold>
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
