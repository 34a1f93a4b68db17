import type { StopRequest } from '../runs/events.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/** As a shell tells of a process that a signal ended. */
const EXIT_CODES: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** Asks for an end after the epoch, as the key s does: how another process, such as the studio, asks for it. */
const LATER = 'SIGUSR2';

/** Names in the environment the process that this one is not to outlive: it stops and saves once that is gone. */
export const FOLLOWED_PROCESS = 'CNNZOO_FOLLOWS';
/** How often that is looked after. */
const FOLLOW_MS = 1000;

/**
 * The user's wishes to stop, by a signal (of a terminal that is closed too) or by a key: the first Ctrl-C or SIGTERM asks
 * for an end that saves, the second leaves at once; SIGUSR2 asks for an end after the epoch.
 */
export class Interrupts {
  readonly #abort = new AbortController();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #request: StopRequest | undefined;
  #signal: Signal = 'SIGINT';
  #timer: NodeJS.Timeout | undefined;
  /** Told of every wish that comes by a signal. */
  onSignal: (request: StopRequest) => void = () => {};

  /** @param leave ends the process at once */
  constructor(leave: (signal: Signal) => void) {
    for (const signal of SIGNALS) {
      this.#listen(signal, () => {
        if (this.#request === 'now') {
          leave(signal);
          return;
        }
        this.#signal = signal;
        this.#wish('now');
      });
    }
    if (process.platform !== 'win32') this.#listen(LATER, () => this.#wish('after-epoch'));
    const followed = Number(process.env[FOLLOWED_PROCESS]);
    if (followed > 0) this.#timer = setInterval(() => this.#follow(followed), FOLLOW_MS).unref();
  }

  #follow(pid: number): void {
    if (process.ppid === pid) return;
    clearInterval(this.#timer);
    this.#wish('now');
  }

  #listen(signal: NodeJS.Signals, listener: () => void): void {
    this.#listeners.set(signal, listener);
    process.on(signal, listener);
  }

  #wish(request: StopRequest): void {
    this.request(request);
    this.onSignal(request);
  }

  /** Notes a wish; one for now is not taken back by one for later. */
  request(request: StopRequest): void {
    if (this.#request === 'now') return;
    this.#request = request;
    if (request === 'now') this.#abort.abort();
  }

  get wish(): StopRequest | undefined {
    return this.#request;
  }

  /** Aborted as soon as the user wants to stop now. */
  get abortSignal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The signal that asked for an end, as far as one did. */
  get signal(): Signal {
    return this.#signal;
  }

  /** For a process that was stopped: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP. */
  get exitCode(): number {
    return EXIT_CODES[this.#signal];
  }

  /** Gives the signals back to the system. */
  dispose(): void {
    clearInterval(this.#timer);
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}
