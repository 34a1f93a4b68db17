/**
 * PyTorch as its tuning guide has it: for each network and mode the fastest of OpenBLAS's kernels, the allocators, the memory
 * layouts, and in inference PyTorch as it is or a frozen, optimized TorchScript.
 */
import { readFileSync } from 'node:fs';
import type { Mode } from './floors.js';

/** How PyTorch is set up for one network and mode. */
export interface Tuning {
  /** OPENBLAS_CORETYPE; null for OpenBLAS's own choice, or another library. */
  readonly kernels: string | null;
  /** tcmalloc's library, for LD_PRELOAD; null for the C library's own allocator. */
  readonly allocator: string | null;
  readonly layout: string;
  /** Inference as a frozen, optimized TorchScript. */
  readonly frozen: boolean;
}

/** What PyTorch multiplies with when OPENBLAS_CORETYPE is `asked`, and how fast. */
export interface Kernels {
  readonly asked: string | null;
  /** As OpenBLAS calls them; null of another library. */
  readonly kernels: string | null;
  readonly gflops: number;
}

/** What there is to choose from on this machine. */
export interface Choices {
  /** PyTorch's version. */
  readonly version: string;
  /** The library of matrix products: "OpenBLAS 0.3.21". */
  readonly blas: string;
  /** Those that it takes where nobody asks for others. */
  readonly ownKernels: string | null;
  /** Every one once, the fastest first. */
  readonly kernels: readonly Kernels[];
  /** tcmalloc's library where there is one. */
  readonly tcmalloc: string | null;
}

interface Probe {
  readonly version: string;
  readonly blas: string;
  readonly kernels: string | null;
  readonly gflops: number;
  readonly tcmalloc: string | null;
}

/** Runs torch_peer.py with more variables in its environment; returns what it prints. */
export type Peer = <T>(flags: readonly string[], env: Readonly<Record<string, string>>, input?: string) => T;

/** Kernels of OpenBLAS, and what a processor must have for them. Older versions do not choose the newer ones by themselves. */
const KERNELS: Readonly<Record<string, readonly string[]>> = {
  Cooperlake: ['avx512f', 'avx512dq', 'avx512bw', 'avx512vl', 'avx512_bf16'],
  SkylakeX: ['avx512f', 'avx512dq', 'avx512bw', 'avx512vl'],
  Haswell: ['avx2', 'fma'],
  Zen: ['avx2', 'fma'],
};

/** Kernels that multiply more slowly than this share of the best are not tried on networks. */
const CLOSE = 0.8;
/** At most so many: those of one family differ by little. */
const MOST_KERNELS = 2;

export function fittingKernels(): string[] {
  const flags = processorFlags();
  return Object.entries(KERNELS)
    .filter(([, wanted]) => wanted.every((flag) => flags.has(flag)))
    .map(([name]) => name);
}

function processorFlags(): ReadonlySet<string> {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    return new Set(line.trim().split(' '));
  } catch {
    return new Set();
  }
}

/** @throws where PyTorch multiplies with a reference BLAS, or is not there. */
export function choicesOf(peer: Peer, threads: number): Choices {
  const probe = (kernels: string | null) =>
    peer<Probe>(['--probe', '--threads', String(threads)], envOf({ kernels, allocator: null }));
  const own = probe(null);
  const asked = own.kernels === null ? [] : fittingKernels();
  const all: Kernels[] = [...asked, null].map((name) => {
    const { kernels, gflops } = name === null ? own : probe(name);
    return { asked: name, kernels, gflops };
  });
  const different = all.filter((one, i) => i === all.findIndex(({ kernels }) => kernels === one.kernels));
  return {
    version: own.version,
    blas: own.blas,
    ownKernels: own.kernels,
    kernels: different.sort((a, b) => b.gflops - a.gflops),
    tcmalloc: own.tcmalloc,
  };
}

export function envOf({ kernels, allocator }: Pick<Tuning, 'kernels' | 'allocator'>): Record<string, string> {
  return {
    ...(kernels === null ? {} : { OPENBLAS_CORETYPE: kernels }),
    ...(allocator === null ? {} : { LD_PRELOAD: allocator }),
  };
}

export function flagsOf({ layout, frozen }: Tuning): string[] {
  return ['--layout', layout, ...(frozen ? ['--frozen'] : [])];
}

/** The fastest setting for a network, by a short try of each. Both allocators with each of the kernels that come close. */
export function tunedFor(
  network: string,
  { mode, batchSize, threads, seconds }: { mode: Mode; batchSize: number; threads: number; seconds: number },
  { kernels, tcmalloc }: Choices,
  peer: Peer,
): Tuning {
  const close = kernels.filter(({ gflops }) => gflops >= CLOSE * kernels[0]!.gflops).slice(0, MOST_KERNELS);
  const allocators = tcmalloc === null ? [null] : [null, tcmalloc];
  const counts = { mode, 'batch-size': batchSize, threads, seconds };
  const flags = Object.entries(counts).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const tried = close.flatMap(({ asked }) =>
    allocators.flatMap((allocator) => {
      const place = { kernels: asked, allocator };
      return peer<(Pick<Tuning, 'layout' | 'frozen'> & { msPerStep: number })[]>(
        ['--try', ...flags],
        envOf(place),
        network,
      ).map((form) => ({ ...place, ...form }));
    }),
  );
  const { msPerStep: _, ...best } = tried.reduce((a, b) => (a.msPerStep <= b.msPerStep ? a : b));
  return best;
}

/** What there was to choose from, as a sentence. */
export function choicesText({ blas, ownKernels, kernels, tcmalloc }: Choices): string {
  const rates = kernels.map((one) => {
    const name = one.kernels === null ? 'its kernels' : one.kernels;
    return `${name} ${Math.round(one.gflops)} GFLOP/s${one.kernels === ownKernels ? ' (its own choice)' : ''}`;
  });
  const missing = tcmalloc === null ? '; tcmalloc is not installed, so the plain allocator alone' : '';
  return `PyTorch multiplies matrices of 1024 x 1024 with ${blas}: ${rates.join(', ')}${missing}.`;
}

/** A setting in few words. */
export function tuningText({ kernels, allocator, layout, frozen }: Tuning): string {
  return [
    ...(kernels === null ? [] : [kernels]),
    allocator === null ? 'malloc' : 'tcmalloc',
    layout,
    ...(frozen ? ['TorchScript'] : []),
  ].join(', ');
}
