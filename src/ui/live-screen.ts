import type { NoticeEvent, StopRequest, TrainingEvent } from '../runs/events.js';
import type { ProgressView } from './lines/views.js';
import { InkScreen, type InkScreenOptions, type Scene, type ScreenProps } from './screen/ink-screen.js';
import { type Ink, loadInk } from './screen/load-ink.js';
import { type LogItem, TrainingState } from './state/training-state.js';

interface LiveScreenOptions extends InkScreenOptions {
  /** Whether the last picture is to say how the run ended. */
  readonly showEnd: boolean;
}

type TrainingScreen = typeof import('./live/TrainingScreen.js').TrainingScreen;

/** The live screen on standard error. It appears with the start event; what comes before is written as plain lines. */
export async function createLiveScreen(options: LiveScreenOptions): Promise<ProgressView> {
  const { ink, screen } = await loadInk(() => import('./live/TrainingScreen.js'));
  const scene = new TrainingScene(ink, screen.TrainingScreen, options.showEnd);
  return new LiveScreen(new InkScreen(options, ink.render, scene), scene);
}

class LiveScreen implements ProgressView {
  readonly #screen: InkScreen;
  readonly #scene: TrainingScene;

  constructor(screen: InkScreen, scene: TrainingScene) {
    this.#screen = screen;
    this.#scene = scene;
  }

  handle(event: TrainingEvent): void {
    if (event.event === 'notice' && !this.#screen.isOpen) {
      this.#screen.writeNotice(event);
      return;
    }
    this.#scene.state.handle(event);
    this.#screen.change();
    if (event.event === 'start' && !this.#screen.isOpen) this.#screen.open();
  }

  stopping(request: StopRequest): void {
    this.#screen.stopping(request);
  }

  close(): Promise<void> {
    return this.#screen.close();
  }
}

/** One run. */
class TrainingScene implements Scene {
  readonly state = new TrainingState();

  readonly #ink: Ink;
  readonly #screen: TrainingScreen;
  readonly #showEnd: boolean;

  constructor(ink: Ink, screen: TrainingScreen, showEnd: boolean) {
    this.#ink = ink;
    this.#screen = screen;
    this.#showEnd = showEnd;
  }

  get log(): readonly LogItem[] {
    return this.state.log;
  }

  get epochs(): number {
    return this.state.start!.epochs;
  }

  get stopping(): StopRequest | undefined {
    return this.state.stopping;
  }

  notice(event: NoticeEvent): void {
    this.state.handle(event);
  }

  stop(request: StopRequest): void {
    this.state.stop(request);
  }

  picture(props: ScreenProps) {
    const { state } = this;
    const showEnd = this.#showEnd;
    return this.#ink.createElement(this.#screen, { ...props, state, start: state.start!, showEnd });
  }
}
