/** The engine's thread: builds the engine that `workerData` asks for and answers requests one after the other. */

import { parentPort, workerData } from 'node:worker_threads';
import { maxOf } from '../../base/extremes.js';
import { sentError } from '../../base/machine/sent-errors.js';
import { nameSettings } from '../../base/text/settings.js';
import type {
  Engine,
  GradientsProgram,
  InferenceProgram,
  LayersProgram,
  ProgramState,
  TrainingProgram,
} from '../engine.js';
import type { ThreadData } from './engines.js';
import {
  type EngineDescription,
  memoryOf,
  type ProgramDescription,
  type Reply,
  type Request,
} from './protocol.js';
import { selectEngine } from './select.js';

type Program = TrainingProgram | InferenceProgram | LayersProgram | GradientsProgram;

const port = parentPort!;
const { request, names } = workerData as ThreadData;
nameSettings(names);
const programs = new Map<number, Program>();
let engine: Engine | undefined;
let queue: Promise<void> = Promise.resolve();

port.on('message', (request: Request) => {
  queue = queue.then(() => answer(request));
});

async function answer({ id, program, method, args }: Request): Promise<void> {
  let reply: Reply;
  try {
    reply = {
      id,
      ok: true,
      value: await (program === 0 ? engineCall(method, args) : programCall(program, method, args)),
    };
  } catch (error) {
    reply = { id, ok: false, error: sentError(error) };
  }
  port.postMessage(reply, method === 'save' && reply.ok ? memoryOfState(reply.value as ProgramState) : []);
}

function memoryOfState({ weights, slots }: ProgramState): ArrayBuffer[] {
  return [weights, slots].flatMap(memoryOf);
}

async function engineCall(method: string, args: readonly unknown[]): Promise<unknown> {
  switch (method) {
    case 'start': {
      const started = await selectEngine(request);
      engine = started;
      const { name, device, threads, replicas, formulation, versions } = started;
      return { name, device, threads, replicas, formulation, versions } satisfies EngineDescription;
    }
    case 'trainingProgram':
      return register(await engine!.trainingProgram(...(args as Parameters<Engine['trainingProgram']>)));
    case 'inferenceProgram':
      return register(await engine!.inferenceProgram(...(args as Parameters<Engine['inferenceProgram']>)));
    case 'layersProgram':
      return register(await engine!.layersProgram(...(args as Parameters<Engine['layersProgram']>)));
    case 'gradientsProgram':
      return register(await engine!.gradientsProgram(...(args as Parameters<Engine['gradientsProgram']>)));
    case 'dispose':
      for (const program of programs.values()) await program.dispose();
      return engine?.dispose();
    default:
      throw new Error(`there is no method ${method} of an engine`);
  }
}

function register(program: Program): ProgramDescription {
  const number = maxOf(programs.keys(), 0) + 1;
  programs.set(number, program);
  const { batchSize, buildMs } = program;
  return {
    program: number,
    batchSize,
    buildMs,
    stepsPerCall: 'stepsPerCall' in program ? program.stepsPerCall : 1,
  };
}

async function programCall(number: number, method: string, args: readonly unknown[]): Promise<unknown> {
  const program = programs.get(number) as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const value = await program[method]!(...args);
  if (method === 'dispose') programs.delete(number);
  // Loading builds an inference program: its new build time travels back.
  return method === 'load' ? (programs.get(number)?.buildMs ?? 0) : value;
}
