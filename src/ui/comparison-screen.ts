import type { NoticeEvent, StopRequest } from '../runs/events.js';
import type { ComparisonEvent } from '../tasks/compare/train-all.js';
import type { ComparisonView, PlannedTraining } from './lines/views.js';
import { InkScreen, type InkScreenOptions, type Scene, type ScreenProps } from './screen/ink-screen.js';
import { type Ink, loadInk } from './screen/load-ink.js';
import { ComparisonState } from './state/comparison-state.js';
import type { LogItem } from './state/training-state.js';

interface ComparisonScreenOptions extends InkScreenOptions {
  readonly runs: readonly PlannedTraining[];
  /** So many train at a time. */
  readonly jobs: number;
}

type ComparisonScreen = typeof import('./live/ComparisonScreen.js').ComparisonScreen;

/** The live screen of a comparison, on standard error. It appears when the first run begins. */
export async function createComparisonScreen(options: ComparisonScreenOptions): Promise<ComparisonView> {
  const { ink, screen } = await loadInk(() => import('./live/ComparisonScreen.js'));
  const scene = new ComparisonScene(
    ink,
    screen.ComparisonScreen,
    new ComparisonState(options.runs, undefined, options.jobs),
  );
  return new LiveComparison(new InkScreen(options, ink.render, scene), scene);
}

class LiveComparison implements ComparisonView {
  readonly #screen: InkScreen;
  readonly #scene: ComparisonScene;

  constructor(screen: InkScreen, scene: ComparisonScene) {
    this.#screen = screen;
    this.#scene = scene;
  }

  handle(event: ComparisonEvent): void {
    this.#scene.state.handle(event);
    this.#screen.change();
    if (!this.#screen.isOpen) this.#screen.open();
  }

  notice(event: NoticeEvent): void {
    if (!this.#screen.isOpen) this.#screen.writeNotice(event);
    else this.#scene.notice(event);
    this.#screen.change();
  }

  stopping(request: StopRequest): void {
    this.#screen.stopping(request);
  }

  close(): Promise<void> {
    return this.#screen.close();
  }
}

/** Several runs. */
class ComparisonScene implements Scene {
  readonly epochs = 1;

  readonly #ink: Ink;
  readonly #screen: ComparisonScreen;

  constructor(
    ink: Ink,
    screen: ComparisonScreen,
    readonly state: ComparisonState,
  ) {
    this.#ink = ink;
    this.#screen = screen;
  }

  get log(): readonly LogItem[] {
    return this.state.log;
  }

  get stopping(): StopRequest | undefined {
    return this.state.stopping;
  }

  notice(event: NoticeEvent): void {
    this.state.notice(event);
  }

  stop(request: StopRequest): void {
    this.state.stop(request);
  }

  picture(props: ScreenProps) {
    return this.#ink.createElement(this.#screen, { ...props, state: this.state });
  }
}
