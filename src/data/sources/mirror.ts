import { codeOf, messageOf } from '../../base/errors.js';

interface MirrorRequest {
  /** Bytes that are there already. */
  readonly from: number;
  readonly connectMs: number;
  readonly stallMs: number;
  readonly signal?: AbortSignal;
}

interface MirrorResponse {
  /** Where in the file `body` begins: where it was asked for, or 0 where the server knows no ranges. */
  readonly from: number;
  /** Bytes of the whole file, where the server says so. */
  readonly total: number | null;
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of a body that nobody will read. */
  cancel(): Promise<void>;
}

/** Why a mirror did not give a file, in a few words; `code` is TIMEOUT where it was silent for too long. */
class MirrorFailure extends Error {
  override readonly name = 'MirrorFailure';
  constructor(
    message: string,
    readonly code?: 'TIMEOUT',
  ) {
    super(message);
  }
}

/**
 * Asks a mirror for a file, or for the rest of one.
 * @throws for anything but an answer with the bytes; see reasonOf.
 */
export async function requestFrom(
  url: string,
  request: MirrorRequest,
): Promise<MirrorResponse | 'nothing left'> {
  const { from, connectMs, stallMs, signal } = request;
  const watchdog = new Watchdog(signal);
  watchdog.expect(connectMs, `no answer within ${connectMs / 1000} s`);
  try {
    const response = await fetch(url, {
      // Without this a server may compress the file once more, and ranges would count other bytes.
      headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
      signal: watchdog.signal,
    });
    const cancel = async (): Promise<void> => {
      watchdog.rest();
      await response.body?.cancel();
    };
    if (response.status === 416) {
      await cancel();
      return 'nothing left';
    }
    if (!response.ok || response.body === null) {
      await cancel();
      throw new MirrorFailure(`answered ${response.status} ${response.statusText}`.trimEnd());
    }
    const body = watchdog.guard(response.body as AsyncIterable<Uint8Array>, stallMs);
    return { ...extentOf(response, from), body, cancel };
  } catch (error) {
    watchdog.rest();
    throw watchdog.reason ?? error;
  }
}

/** Where the body begins and how long the whole file is, from the headers. */
function extentOf(response: Response, asked: number): { from: number; total: number | null } {
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (range === null || Number(range[1]) !== asked)
      throw new MirrorFailure('answered with another part of the file than was asked for');
    return { from: asked, total: range[2] === '*' ? null : Number(range[2]) };
  }
  const length = response.headers.get('content-length');
  // The length counts what is sent, which is not what arrives if a server compresses unasked.
  const known = length !== null && response.headers.get('content-encoding') === null;
  return { from: 0, total: known ? Number(length) : null };
}

/** Aborts a request that is silent for too long, or that the user stops. */
class Watchdog {
  /** The failure that made it abort. */
  reason: MirrorFailure | undefined;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal ? AbortSignal.any([signal, this.#controller.signal]) : this.#controller.signal;
  }

  /** Something has to happen within `ms` from now. */
  expect(ms: number, otherwise: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.reason = new MirrorFailure(otherwise, 'TIMEOUT');
      this.#controller.abort(this.reason);
    }, ms);
  }

  rest(): void {
    clearTimeout(this.#timer);
  }

  /** The same chunks, with a limit to the time between two of them. */
  async *guard(
    body: AsyncIterable<Uint8Array>,
    stallMs: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const stalled = `stood still for ${stallMs / 1000} s`;
    this.expect(stallMs, stalled);
    try {
      for await (const chunk of body) {
        // What the receiver does with a chunk is not the mirror's silence.
        this.rest();
        yield chunk;
        this.expect(stallMs, stalled);
      }
    } catch (error) {
      throw this.reason ?? error;
    } finally {
      this.rest();
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host is known here',
  EAI_AGAIN: 'no name server answers',
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  ENETUNREACH: 'no way leads there',
  EHOSTUNREACH: 'no way leads there',
  ETIMEDOUT: 'no answer',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
};

/** Why a mirror did not give a file, for people. */
export function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  const code = codeOf(cause);
  return (code === undefined ? undefined : REASONS[code]) ?? messageOf(cause);
}

/** Whether no other mirror would fare better: names are not resolved at all, after seconds of trying. */
export function isOffline(error: unknown): boolean {
  return codeOf(causeOf(error)) === 'EAI_AGAIN';
}

/** fetch says "fetch failed" and hides the reason in its cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
