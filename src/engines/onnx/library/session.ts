import type * as Ort from 'onnxruntime-node';
import { messageOf, WorkError } from '../../../base/errors.js';
import { shortageOf } from '../../../base/machine/system-errors.js';
import { setting } from '../../../base/text/settings.js';
import { ort } from './onnxruntime.js';

export type ProviderName = 'cpu' | 'webgpu' | 'cuda';

export interface SessionSettings {
  readonly provider: ProviderName;
  readonly threads: number;
  /** The beginning of the path of a file for ONNX Runtime's profile, which is whole once the session is released. */
  readonly profile?: string;
  /** How much ONNX Runtime does about the program's graph; `all` where absent. */
  readonly optimization?: 'disabled' | 'all';
  /** Refuses programs of which a part would run on the CPU instead of the provider. */
  readonly whole?: boolean;
  /**
   * Computes products of bytes with signed bytes as those of unsigned ones, which cannot overflow in 16 bits; see `bytesOverflow`.
   * (A third as fast where they do not overflow anyway.)
   */
  readonly exactBytes?: boolean;
}

/** What fails is thrown, and told in our own words: ONNX Runtime need not write it to standard error as well. */
const FATAL = 4;
ort.env.logLevel = 'fatal';

/** Profiles so far: a number in each file's name, where ONNX Runtime's is the millisecond, which sessions may share. */
let profiles = 0;

/** WebGPU in its NCHW layout: the default NHWC one computes some convolutions wrongly (6 to 16 channels, 5x5). */
const PROVIDERS: Record<ProviderName, Ort.InferenceSession.ExecutionProviderConfig[]> = {
  cpu: ['cpu'],
  webgpu: [{ name: 'webgpu', preferredLayout: 'NCHW' }],
  cuda: ['cuda'],
};

/**
 * @param outputs where outputs go, by name; to main memory where absent
 * @throws WorkError with ONNX Runtime's reason when the program cannot be built on the device.
 */
export async function createSession(
  model: Uint8Array,
  { provider, threads, optimization, profile, whole, exactBytes }: SessionSettings,
  outputs?: Readonly<Record<string, 'cpu' | 'gpu-buffer'>>,
): Promise<Ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: PROVIDERS[provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: optimization ?? 'all',
      logSeverityLevel: FATAL,
      // On the CPU a pattern is one more block for what already has its places: a third more memory, and no faster.
      enableMemPattern: provider !== 'cpu',
      ...(outputs ? { preferredOutputLocation: outputs } : {}),
      ...(profile === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: `${profile}-${++profiles}` }),
      extra: {
        session: {
          ...(whole && { disable_cpu_ep_fallback: '1' }),
          ...(exactBytes && { x64quantprecision: '1' }),
        },
      },
    });
  } catch (error) {
    throw (
      shortageOf(error) ?? new WorkError(`The program cannot be built on ${provider}: ${reasonOf(error)}.`)
    );
  }
}

/** Runs a session. @throws WorkError with ONNX Runtime's reason. */
export async function runSession(
  session: Ort.InferenceSession,
  feeds: Readonly<Record<string, Ort.Tensor>>,
): Promise<Ort.InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds);
  } catch (error) {
    throw failure(error);
  }
}

/** What to say of a run that failed. */
export function failure(error: unknown): WorkError {
  const reason = reasonOf(error);
  if (!/alloc|memory/i.test(reason)) return new WorkError(`A step failed: ${reason}.`);
  const size = /buffer of size (\d+)/.exec(reason)?.[1];
  const what = size ? `: ${(Number(size) / 1e9).toFixed(1)} GB for one tensor could not be had` : '';
  return new WorkError(
    `Out of memory during a step${what}. Try a smaller ${setting('batchSize')}, or ${setting('microBatches')}.`,
  );
}

/** ONNX Runtime's reason without the C++ places in front of it. */
function reasonOf(error: unknown): string {
  const [line] = messageOf(error).split('\n');
  const tail = line!.split(/ was false\. |\[ONNXRuntimeError\] : \d+ : \w+ : /).at(-1)!;
  return tail.replace(/^\/onnxruntime_src\/\S+ /, '').replace(/[.\s]*$/, '');
}
