import type { Applied } from '../../tasks/apply/applied.js';
import { colorLevel } from '../../terminal/color.js';
import { canDrawScreen, hasUnicode } from '../../terminal/terminal.js';
import { createTheme } from '../../terminal/theme.js';
import { beforeLeaving } from '../lines/leave.js';
import { FrameStream } from '../screen/frame-stream.js';
import { loadInk } from '../screen/load-ink.js';

/** Where the screen is drawn, and keys come from. */
type Streams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env'>;

const OPEN = '\u001b[?1049h\u001b[H';
const CLOSE = '\u001b[?1049l\u001b[?25h';

/**
 * Shows layers step by step: on a screen with keys where standard error, standard output and standard input are a terminal.
 * @returns how it ended, or null where there is no such terminal: the steps are to be printed then
 */
export async function showSteps(
  applied: Applied,
  color: boolean | undefined,
  { stdin, stdout, stderr, env }: Streams = process,
): Promise<'left' | 'interrupted' | null> {
  if (!canDrawScreen(stderr, env) || stdout.isTTY !== true || stdin.isTTY !== true) return null;
  const theme = createTheme(colorLevel(stderr, { env, flag: color }), hasUnicode(env));
  const { ink, screen } = await loadInk(() => import('./StepsScreen.js'));
  stderr.write(OPEN);
  const close = () => {
    stdin.setRawMode(false);
    stderr.write(CLOSE);
  };
  const forget = beforeLeaving(close);
  try {
    return await new Promise((resolve) => {
      const onEnd = (isInterrupted: boolean) => {
        instance.unmount();
        resolve(isInterrupted ? 'interrupted' : 'left');
      };
      const element = ink.createElement(screen.StepsScreen, { applied, theme, stream: stderr, onEnd });
      const instance = ink.render(element, {
        stdout: new FrameStream(stderr) as unknown as NodeJS.WriteStream,
        stderr,
        stdin,
        exitOnCtrlC: false,
        patchConsole: false,
      });
    });
  } finally {
    forget();
    close();
  }
}
