import type { StopRequest } from '../../../src/runs/events.js';
import { createTrainingRenderer, type TrainingRendererOptions } from '../../../src/ui/renderer.js';
import { FakeKeyboard, FakeTerminal } from './ui-terminal.js';

export const ENV = { TERM: 'xterm-256color', LANG: 'C.UTF-8' };

export interface Setup {
  readonly columns?: number;
  readonly rows?: number;
  readonly colorDepth?: number;
  readonly stdin?: FakeKeyboard | { isTTY?: boolean };
  readonly format?: TrainingRendererOptions['format'];
  readonly env?: Record<string, string>;
}

/** A renderer on a terminal of its own. */
export async function setup({
  columns = 80,
  rows = 24,
  colorDepth,
  stdin,
  format = 'table',
  env = ENV,
}: Setup = {}) {
  const stderr = new FakeTerminal(columns, rows, colorDepth);
  const stdout = new FakeTerminal(columns, rows);
  const keyboard = stdin ?? new FakeKeyboard();
  const requests: StopRequest[] = [];
  const renderer = await createTrainingRenderer({
    format,
    // A file, so that both streams can be read apart.
    stdout: Object.assign(stdout, { isTTY: false }) as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    stdin: keyboard as unknown as NodeJS.ReadStream,
    env,
    requestStop: (request) => requests.push(request),
  });
  return { renderer, stderr, stdout, keyboard: keyboard as FakeKeyboard, requests };
}

/** Draws at once, as after a resize, instead of waiting for the next frame. */
export async function frame(terminal: FakeTerminal): Promise<void> {
  terminal.emit('resize');
  await new Promise((resolve) => setTimeout(resolve, 5));
}
