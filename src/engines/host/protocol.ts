import type { SentError } from '../../base/machine/sent-errors.js';
import type { Tensors } from '../../base/tensor.js';
import type { Device } from '../engine.js';
import type { FormulationWish } from '../formulation.js';
import type { EngineName } from './engines.js';

/** What the main thread asks the engine's thread: a method of the engine (program 0) or of one of its programs. */
export interface Request {
  readonly id: number;
  readonly program: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: SentError };

/** What the engine's thread tells of the engine when it is ready. */
export interface EngineDescription {
  readonly name: EngineName;
  readonly device: Device;
  readonly threads: number | null;
  readonly replicas?: number | undefined;
  readonly formulation?: FormulationWish | undefined;
  readonly versions: Readonly<Record<string, string>>;
}

/** What it tells of a program when it is built. */
export interface ProgramDescription {
  readonly program: number;
  readonly batchSize: number;
  readonly buildMs: number;
  readonly stepsPerCall: number;
}

/** The memory of tensors, which moves to the other thread instead of being copied; of a part of something else it does not. */
export function memoryOf(tensors: Tensors): ArrayBuffer[] {
  return [...tensors.values()].flatMap(({ data: { buffer, byteLength } }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
}
