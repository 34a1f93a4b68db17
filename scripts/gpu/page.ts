/** The results in docs/gpu.md, between two marks. */
import { formatBytes, formatInteger } from '../../src/base/text/format.js';
import type { BenchResult } from '../../src/tasks/bench/measure.js';
import type { BenchRecord } from '../../src/tasks/bench/record.js';
import type { Card } from './adapter.js';
import type { KindTime, MemoryAt } from './steps.js';

/** Why there is no figure. */
interface Failed {
  readonly failed: string;
}

/** PyTorch on one network, as it comes or compiled. */
export interface TorchForm {
  readonly msPerStep?: number;
  readonly peakMemoryBytes?: number;
  readonly buildMs?: number;
  readonly error?: string;
}

export interface BenchEntry {
  readonly model: string;
  readonly mode: 'train' | 'infer';
  readonly batchSize: number;
  ours: BenchResult | Failed | null;
  readonly torch: { eager?: TorchForm; compiled?: TorchForm };
}

/** What was found so far; a part that was not asked for is absent. */
export interface Report extends Pick<BenchRecord, 'date' | 'versions' | 'commit' | 'machine'> {
  readonly card: Card;
  readonly isSoftware: boolean;
  readonly device: string;
  parity?: { readonly total: number; readonly passed: number; readonly failed: string | null };
  memory?: {
    readonly model: string;
    readonly batchSize: number;
    readonly steps: number;
    readonly found: readonly MemoryAt[] | Failed;
  };
  kinds?: {
    readonly model: string;
    readonly batchSize: number;
    readonly found: readonly KindTime[] | Failed;
  }[];
  bench?: BenchEntry[];
  pytorch?: { readonly missing: string } | { readonly pytorch: string; readonly cuda: string };
}

const FROM = '<!-- results: written by npm run gpu:report -->';
const TO = '<!-- end of results -->';

/** @throws Error where the page has no place for results */
export function pageWith(page: string, report: Report): string {
  const [from, to] = [page.indexOf(FROM), page.indexOf(TO)];
  if (from < 0 || to < from) throw new Error(`The page has no lines "${FROM}" and "${TO}".`);
  return `${page.slice(0, from + FROM.length)}\n\n${resultsOf(report)}\n${page.slice(to)}`;
}

function resultsOf(report: Report): string {
  const parts = [head(report), parity(report), memory(report), ...kinds(report), bench(report)];
  return parts.filter((part) => part !== '').join('\n');
}

function head({ card, date, versions, commit, machine, device, isSoftware }: Report): string {
  const taken = `${date.slice(0, 10)}, cnnzoo ${versions.cnnzoo} (commit ${commit ?? 'unknown'}) on ONNX Runtime ${versions['onnxruntime-node']}, \`--device ${device}\`, Node.js ${versions.node}`;
  return isSoftware
    ? `**The figures of a real card are still to be taken.** What stands here was written on ${card.name}: ${taken}, on\n${machine.processor}. It shows that each part of the script works; its times say nothing of a GPU.\n`
    : `${card.name}, driver ${card.driver}: ${taken}, in a machine with ${machine.processor} (${machine.cores} cores).\n`;
}

function parity({ parity: found }: Report): string {
  if (found === undefined) return '';
  const end = found.failed === null ? '' : ` (${found.failed})`;
  return `### Parity\n\n${found.passed} of ${found.total} tests of \`test/gpu/quick.gpu.ts\` passed${end}: every layer, activation, block and optimizer, forward\nand backward, beside TensorFlow.js in plain JavaScript.\n`;
}

function memory({ memory: found }: Report): string {
  if (found === undefined) return '';
  const { model, batchSize, steps } = found;
  const title = `### Memory over ${formatInteger(steps)} steps\n\n\`${model}\`, batch ${batchSize}`;
  if ('failed' in found.found) return `${title}: not measured, ${found.found.failed}.\n`;
  const rows = found.found.map(({ step, processBytes, adapterBytes }) => [
    formatInteger(step),
    formatBytes(processBytes),
    adapterBytes === null ? 'not told' : formatBytes(adapterBytes),
  ]);
  return `${title}; of the card, what all programs use (nvidia-smi):\n\n${table(['step', 'process', 'card'], rows)}`;
}

/** Kinds that take less of a step are joined. */
const LEAST_SHARE = 0.01;

function kinds({ kinds: all = [] }: Report): string[] {
  return all.map(({ model, batchSize, found }) => {
    const title = `### Where the time goes: \`${model}\`, batch ${batchSize}`;
    if ('failed' in found) return `${title}\n\nNot measured: ${found.failed}.\n`;
    const hasGpu = found.some(({ gpuMs }) => gpuMs !== null);
    const msOf = ({ hostMs, gpuMs }: KindTime): number => (hasGpu ? (gpuMs ?? 0) : hostMs);
    const total = found.reduce((sum, row) => sum + msOf(row), 0);
    const large = found.filter((row) => msOf(row) >= LEAST_SHARE * total);
    const rest = found.filter((row) => !large.includes(row));
    const sum = (of: (row: KindTime) => number): number => rest.reduce((a, row) => a + of(row), 0);
    const others: KindTime = {
      kind: `${rest.length} other kinds`,
      nodes: sum(({ nodes }) => nodes),
      hostMs: sum(({ hostMs }) => hostMs),
      gpuMs: hasGpu ? sum(({ gpuMs }) => gpuMs ?? 0) : null,
    };
    const rows = [...large, ...(rest.length > 0 ? [others] : [])].map((row) => [
      row.kind,
      Math.round(row.nodes),
      figure(row.hostMs),
      row.gpuMs === null ? 'not told' : figure(row.gpuMs),
      `${((100 * msOf(row)) / total).toFixed(1)} %`,
    ]);
    const clock = hasGpu
      ? "the GPU's own clock"
      : 'the time of the processor, as the provider tells no other';
    const heads = ['node', 'nodes a step', 'handed over, ms', 'on the GPU, ms', 'share'];
    return `${title}\n\nA training step by ONNX Runtime's profile; shares are of ${clock}.\n\n${table(heads, rows)}`;
  });
}

function bench({ bench: entries, pytorch, isSoftware }: Report): string {
  if (entries === undefined) return '';
  const rows = entries.map(({ model, mode, batchSize, ours, torch }) => {
    const ms = ours === null || 'failed' in ours ? null : ours.msPerStep;
    const peer = ({ msPerStep, error }: TorchForm = {}) =>
      msPerStep === undefined
        ? [error ?? '', '']
        : [figure(msPerStep), ms === null ? '' : (msPerStep / ms).toFixed(2)];
    return [
      `\`${model}\``,
      mode,
      batchSize,
      ms === null ? (ours === null ? '' : (ours as Failed).failed) : figure(ms),
      ms === null ? '' : formatInteger(Math.round((1000 * batchSize) / ms)),
      ...peer(torch.eager),
      ...peer(torch.compiled),
    ];
  });
  const heads = [
    ...['model', 'mode', 'batch', 'cnnzoo, ms', 'images/s'],
    ...['PyTorch, ms', 'ratio', 'compiled, ms', 'ratio'],
  ];
  return `### Beside PyTorch\n\n${torchText(pytorch, isSoftware)}\n\n${table(heads, rows)}`;
}

function torchText(pytorch: Report['pytorch'], isSoftware: boolean): string {
  if (pytorch === undefined) return 'PyTorch was not reached in the time.';
  if ('missing' in pytorch) {
    return `PyTorch's columns are empty: ${pytorch.missing}.${isSoftware ? '' : ' Name an interpreter that has it by --python.'}`;
  }
  return `PyTorch ${pytorch.pytorch}, CUDA ${pytorch.cuda}, as it comes and by \`torch.compile\`; a ratio above 1 means that cnnzoo is faster.\nIts images lie in the card's memory before the clock starts; cnnzoo's step begins with bytes in main memory.`;
}

function figure(ms: number): string {
  return ms.toFixed(ms < 1 ? 3 : ms < 100 ? 2 : 0);
}

function table(heads: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`;
  return row(heads) + row(heads.map(() => '---')) + lines.map(row).join('');
}
