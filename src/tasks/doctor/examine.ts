import { messageOf } from '../../base/errors.js';
import { physicalCores, processorName } from '../../base/machine/cores.js';
import { commandLine, setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import type { Finding } from './finding.js';

/** Looks at everything a run depends on. Each finding is made by itself: one that fails hides no other. */
export async function examine(dataDir?: string): Promise<Finding[]> {
  const examinations = [
    node,
    processor,
    gpu,
    vulkan,
    onnxCpu,
    onnxGpu('webgpu'),
    onnxGpu('cuda'),
    tfjsNodeGpu,
    tfjsPlain,
  ];
  const findings: Finding[] = [];
  for (const examination of examinations) findings.push(await guarded(examination));
  return [...findings, ...(await dataSets(dataDir))];
}

async function guarded(examination: () => Promise<Finding>): Promise<Finding> {
  try {
    return await examination();
  } catch (error) {
    return {
      name: examination.name,
      state: 'broken',
      detail: messageOf(error),
      fix: 'Run "npm install" again.',
    };
  }
}

function node(): Promise<Finding> {
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
  const enough = major > 20 || (major === 20 && minor >= 19);
  return Promise.resolve({
    name: 'Node.js',
    state: enough ? 'ok' : 'broken',
    detail: `${process.version}, ${process.platform} ${process.arch}`,
    fix: enough ? null : 'Install Node.js 20.19 or newer.',
  });
}

function processor(): Promise<Finding> {
  const cores = physicalCores();
  const shown = commandLine('bench', { words: ['MODEL'], settings: { scaling: true } });
  const most = `${counted(cores, 'core')}, of which a network takes as many as suit it (${shown}) or as ${setting('threads')} says`;
  const detail = `${processorName()}, ${most}`;
  return Promise.resolve({ name: 'Processor', state: 'ok', detail, fix: null });
}

async function gpu(): Promise<Finding> {
  return (await import('./graphics.js')).examineAdapters();
}

async function vulkan(): Promise<Finding> {
  return (await import('./graphics.js')).examineVulkan();
}

async function onnxCpu(): Promise<Finding> {
  const { probe } = await import('../../engines/onnx/devices.js');
  const { ORT_VERSION } = await import('../../engines/onnx/library/onnxruntime.js');
  const { NO_ABILITIES, probeAbilities } = await import('../../engines/onnx/abilities.js');
  const failure = await probe('cpu');
  const { channelBlock, inPlace } = failure === null ? await probeAbilities() : NO_ABILITIES;
  const layout =
    channelBlock === null ? 'in its plain layout' : `with maps in blocks of ${channelBlock} channels`;
  const state = inPlace ? 'weights change in place' : 'weights are handed on from run to run';
  return {
    name: 'onnx engine, cpu',
    state: failure === null ? 'ok' : 'broken',
    detail: failure ?? `ONNX Runtime ${ORT_VERSION} computes, ${layout}; ${state}`,
    fix: failure === null ? null : 'Run "npm install" again; ONNX Runtime comes with it.',
  };
}

function onnxGpu(provider: 'webgpu' | 'cuda'): () => Promise<Finding> {
  return async () => {
    const { hasHardwareGpu, MENDS } = await import('../../engines/onnx/devices.js');
    const { probeApart } = await import('./probe-apart.js');
    const failure = await probeApart(provider);
    if (failure !== null) {
      const fix = `${MENDS[provider]()}.`;
      const missing = provider === 'cuda' ? (await import('./graphics.js')).missingForCuda() : [];
      const detail = missing.length > 0 ? missing.join('; ') : failure;
      return { name: `onnx engine, ${provider}`, state: 'absent', detail, fix };
    }
    const detail = hasHardwareGpu()
      ? `computes; ${setting('device', 'auto')} takes it`
      : 'computes on a software adapter, for tests only';
    return { name: `onnx engine, ${provider}`, state: 'ok', detail, fix: null };
  };
}

async function tfjsNodeGpu(): Promise<Finding> {
  const { probeTfjsNodeGpu } = await import('../../engines/tensorflow/node-gpu.js');
  const found = await probeTfjsNodeGpu();
  const name = 'tensorflow engine, tfjs-node-gpu';
  if (!found.available) return { name, state: 'absent', detail: found.reason, fix: found.fix };
  const device = found.gpu
    ? `sees a CUDA GPU; ${setting('engine', 'auto')} takes it`
    : 'sees no CUDA GPU and computes on the CPU';
  return { name, state: 'ok', detail: `version ${found.version} ${device}`, fix: null };
}

async function tfjsPlain(): Promise<Finding> {
  const { loadPlainLibrary } = await import('../../engines/tensorflow/library.js');
  const { device, versions } = await loadPlainLibrary();
  const version = Object.values(versions)[0] ?? '';
  return {
    name: 'tensorflow engine, cpu',
    state: 'ok',
    detail: `version ${version}, ${device.description}: the reference, thousands of times slower`,
    fix: null,
  };
}

async function dataSets(dataDir: string | undefined): Promise<Finding[]> {
  const { knownDatasets, locate } = await import('../../data/index.js');
  const findings: Finding[] = [];
  for (const { name, kind } of knownDatasets()) {
    if (kind === 'generator') {
      findings.push({ name: `data set ${name}`, state: 'ok', detail: 'built in', fix: null });
      continue;
    }
    const { found, searched, files } = await locate(name, dataDir);
    const looked = searched.map(({ folder, state }) => `${folder} (${state})`).join(', ');
    findings.push({
      name: `data set ${name}`,
      state: found ? 'ok' : 'absent',
      detail: found ?? `not in ${looked}`,
      fix: found
        ? null
        : `The first run that needs it fetches it; without a network put ${files} into one of these folders.`,
    });
  }
  return findings;
}
