import { Worker } from 'node:worker_threads';
import { messageOf, WorkError } from '../../base/errors.js';
import { entryPoint } from '../../base/files/places.js';
import { receivedError } from '../../base/machine/sent-errors.js';
import { shortageOf } from '../../base/machine/system-errors.js';
import { switchOffTelemetry } from '../../base/machine/telemetry.js';
import type { Tensors } from '../../base/tensor.js';
import { settingNames } from '../../base/text/settings.js';
import type {
  Batch,
  GradientsProgram,
  InferenceProgram,
  InferenceResult,
  LayersProgram,
  ProgramState,
  TrainingProgram,
} from '../engine.js';
import type { EngineRequest, StartedEngine, ThreadData } from './engines.js';
import { type EngineDescription, memoryOf, type ProgramDescription, type Reply } from './protocol.js';

/** Starts an engine in a thread of its own and returns its double here, which passes every call on. */
export async function startWorker(request: EngineRequest): Promise<StartedEngine> {
  const thread = new EngineThread(request);
  try {
    const description = (await thread.call(0, 'start')) as EngineDescription;
    return engineDouble(thread, description);
  } catch (error) {
    await thread.end();
    throw error;
  }
}

function engineDouble(thread: EngineThread, description: EngineDescription): StartedEngine {
  return {
    ...description,
    async trainingProgram(graph, options) {
      const program = (await thread.call(0, 'trainingProgram', [graph, options])) as ProgramDescription;
      return trainingDouble(thread, program);
    },
    async inferenceProgram(graph, options) {
      const program = (await thread.call(0, 'inferenceProgram', [graph, options])) as ProgramDescription;
      return inferenceDouble(thread, program);
    },
    async layersProgram(graph, batchSize) {
      const program = (await thread.call(0, 'layersProgram', [graph, batchSize])) as ProgramDescription;
      return viewDouble<LayersProgram>(thread, program);
    },
    async gradientsProgram(graph, options) {
      const program = (await thread.call(0, 'gradientsProgram', [graph, options])) as ProgramDescription;
      return viewDouble<GradientsProgram>(thread, program);
    },
    async dispose() {
      await thread.call(0, 'dispose');
      await thread.end();
    },
  };
}

function trainingDouble(thread: EngineThread, description: ProgramDescription): TrainingProgram {
  const { program, ...facts } = description;
  return {
    ...facts,
    load: async (state) =>
      void (await thread.call(program, 'load', [state], [state.weights, state.slots].flatMap(memoryOf))),
    train: (batches, learningRates) =>
      thread.call(program, 'train', [batches, learningRates], batches.flatMap(buffersOf)) as ReturnType<
        TrainingProgram['train']
      >,
    save: () => thread.call(program, 'save') as Promise<ProgramState>,
    dispose: async () => void (await thread.call(program, 'dispose')),
  };
}

function inferenceDouble(thread: EngineThread, { program, ...facts }: ProgramDescription): InferenceProgram {
  let { buildMs } = facts;
  return {
    batchSize: facts.batchSize,
    get buildMs() {
      return buildMs;
    },
    async load(weights) {
      buildMs = (await thread.call(program, 'load', [weights], memoryOf(weights))) as number;
    },
    run: (batch) => thread.call(program, 'run', [batch], buffersOf(batch)) as Promise<InferenceResult>,
    dispose: async () => void (await thread.call(program, 'dispose')),
  };
}

/** A program that only looks at layers. */
function viewDouble<P extends LayersProgram | GradientsProgram>(
  thread: EngineThread,
  { program, ...facts }: ProgramDescription,
) {
  let { buildMs } = facts;
  return {
    batchSize: facts.batchSize,
    get buildMs() {
      return buildMs;
    },
    async load(weights: Tensors) {
      buildMs = (await thread.call(program, 'load', [weights], memoryOf(weights))) as number;
    },
    run: (input: Parameters<P['run']>[0]) => thread.call(program, 'run', [input]) as ReturnType<P['run']>,
    dispose: async () => void (await thread.call(program, 'dispose')),
  };
}

/** A batch's memory, which moves to the thread instead of being copied. */
function buffersOf({ pixels, labels, masks }: Batch): ArrayBuffer[] {
  return [pixels, labels, ...masks.values()]
    .map(({ buffer }) => buffer)
    .filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Requests to the engine's thread and their replies. */
class EngineThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #ended = false;

  constructor(request: EngineRequest) {
    switchOffTelemetry();
    const workerData: ThreadData = { request, names: settingNames() };
    this.#worker = new Worker(entryPoint('engines/host/worker'), { workerData });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(messageOf(error), shortageOf(error)));
    this.#worker.on('exit', (code) => this.#fail(`its thread ended with code ${code}`));
  }

  call(
    program: number,
    method: string,
    args: readonly unknown[] = [],
    transfer: ArrayBuffer[] = [],
  ): Promise<unknown> {
    if (this.#ended) return Promise.reject(new WorkError('The engine has been shut down.'));
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, program, method, args }, [...new Set(transfer)]);
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(receivedError(reply.error));
  }

  #fail(why: string, shortage?: WorkError): void {
    this.#ended = true;
    const error = shortage ?? new WorkError(`The engine stopped: ${why}.`);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
