import { ENGINE_NAMES, ENGINES, type EngineName, type EngineRequest, type StartedEngine } from './engines.js';

/** The engine that was asked for, started, with its name. */
export async function selectEngine({ engine, ...options }: EngineRequest): Promise<StartedEngine> {
  const name = engine === 'auto' ? await preferredEngine(options.device) : engine;
  return { ...(await ENGINES[name].create(options)), name };
}

/** What `auto` stands for on this machine. */
async function preferredEngine(device: string): Promise<EngineName> {
  for (const name of ENGINE_NAMES) if (await ENGINES[name].isPreferred(device)) return name;
  return ENGINE_NAMES[0]!;
}
