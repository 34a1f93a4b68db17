import { requireFormulationUse } from '../formulation.js';
import { ENGINE_NAMES, ENGINES, type EngineName, type EngineRequest, type StartedEngine } from './engines.js';

/**
 * The engine that was asked for, started, with its name.
 * @throws UsageError where it would not do what CNNZOO_FORMULATION asks for
 */
export async function selectEngine({ engine, ...options }: EngineRequest): Promise<StartedEngine> {
  const name = engine === 'auto' ? await preferredEngine(options.device) : engine;
  const started = await ENGINES[name].create(options);
  // A run that goes on, or is computed again, has its own.
  if (options.formulation === undefined) requireFormulationUse(name, started.device.name);
  return { ...started, name };
}

/** What `auto` stands for on this machine. */
async function preferredEngine(device: string): Promise<EngineName> {
  for (const name of ENGINE_NAMES) if (await ENGINES[name].isPreferred(device)) return name;
  return ENGINE_NAMES[0]!;
}
