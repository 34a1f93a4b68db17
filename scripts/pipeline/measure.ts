/**
 * Writes docs/data-pipeline.md: how fast folders of pictures that are larger than what memory may keep of them are trained
 * on, under a limit of memory. `npm run bench:data` measures everything in rounds, so that what is set beside each other
 * was measured in turn; `npm run bench:data -- small/cold large/bench` adds one more measurement of each of these. `--full`
 * takes 100,000 and 10,000 pictures under 2 GB, which takes hours.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { recordOf } from '../../src/tasks/bench/record.js';
import type { DataBenchResult } from '../../src/tasks/bench/with-data.js';
import { type Figures, type Measured, pageOf } from './page.js';
import { makePictures, type Pictures } from './pictures.js';

const ROUNDS = 3;
const POLL_MS = 100;

interface Extent {
  readonly sets: Readonly<Record<string, Pictures>>;
  /** Of a process and its page cache. */
  readonly limitBytes: number;
  /** What decoded pictures may take in memory: less than half of each set. */
  readonly keptBytes: number;
}

/** The largest process that was seen takes 0.6 GB. */
const QUICK: Extent = {
  sets: {
    small: { count: 20_000, width: 64, height: 64 },
    large: { count: 2000, width: 320, height: 240 },
  },
  limitBytes: 0.65e9,
  keptBytes: 100e6,
};
const FULL: Extent = {
  sets: {
    small: { count: 100_000, width: 64, height: 64 },
    large: { count: 10_000, width: 320, height: 240 },
  },
  limitBytes: 2e9,
  keptBytes: 500e6,
};

/** What is measured of each set, in this order. `uncached` decodes anew in each epoch what memory has no room for. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  uncached: ['train', '--image-cache', '0'],
  cold: ['train'],
  warm: ['train'],
  bench: ['bench', '--with-data', '--seconds', '8'],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: '/tmp/cnnzoo-pipeline' },
    /** Only writes the page, from what was measured. */
    page: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    out: { type: 'string', default: 'docs/data-pipeline.md' },
  },
});
const { sets, limitBytes, keptBytes } = values.full ? FULL : QUICK;
const folder = values.folder;
const data = join(folder, 'figures.json');
const program = fileURLToPath(new URL('../../bin/cnnzoo.js', import.meta.url));

mkdirSync(folder, { recursive: true });
const names = Object.keys(sets).flatMap((set) => Object.keys(WAYS).map((way) => `${set}/${way}`));
const isWhole = positionals.length === 0;
const measured: Record<string, Measured[]> =
  isWhole && !values.page
    ? {}
    : existsSync(data)
      ? (JSON.parse(readFileSync(data, 'utf8')) as Figures).measured
      : {};
const wanted = isWhole ? Array.from({ length: ROUNDS }, () => names).flat() : positionals;
for (const name of values.page ? [] : wanted) {
  const [set, way] = name.split('/') as [string, string];
  const pictures = join(folder, set);
  await makePictures(pictures, sets[set]!);
  if (way === 'cold') rmSync(join(folder, 'cache', set), { recursive: true, force: true });
  const found = await measure(set, pictures, way);
  measured[name] = [...(measured[name] ?? []), found];
  console.error(name, JSON.stringify(found));
  const { machine, versions, commit, date } = recordOf([]);
  const figures: Figures = { machine, versions, commit, date, limitBytes, keptBytes, sets, measured };
  writeFileSync(data, JSON.stringify(figures, null, 2));
}
writeFileSync(values.out, pageOf(JSON.parse(readFileSync(data, 'utf8')) as Figures));

async function measure(set: string, pictures: string, way: string): Promise<Measured> {
  const [command, ...flags] = WAYS[way]!;
  const config = fileURLToPath(new URL(`${set}.yaml`, import.meta.url));
  const run = join(folder, 'run');
  rmSync(run, { recursive: true, force: true });
  const where = command === 'train' ? ['--run-dir', run, '--format', 'json'] : ['--json'];
  const begin = performance.now();
  const { lines, peakBytes, isLimited } = await limited(set, [
    command!,
    config,
    ...flags,
    ...['--dataset', pictures, '--image-memory', String(keptBytes)],
    ...where,
  ]);
  const common = { peakBytes, isLimited, seconds: (performance.now() - begin) / 1000 };
  if (command === 'bench') {
    const [bench] = JSON.parse(lines.map(({ text }) => text).join('\n')) as DataBenchResult[];
    return { ...common, bench: bench! };
  }
  const events = lines.map(
    ({ text, cpuSeconds }): Event => ({ ...(JSON.parse(text) as Record<string, unknown>), cpuSeconds }),
  );
  return { ...common, epochs: epochsOf(events), trainSeconds: Number(events.at(-1)!.seconds) };
}

type Event = Readonly<Record<string, unknown>> & Pick<Line, 'cpuSeconds'>;

/** What the events of a training say of each epoch; its time on the processors is counted from the event before. */
function epochsOf(events: readonly Event[]): Measured['epochs'] {
  const ends = events.filter(({ event }) => event === 'start' || event === 'epoch');
  return ends.slice(1).map(({ imagesPerSecond, loss, cpuSeconds }, i) => {
    const before = ends[i]!.cpuSeconds;
    const isKnown = cpuSeconds !== undefined && before !== undefined;
    return {
      imagesPerSecond: Number(imagesPerSecond),
      loss: Number(loss),
      ...(isKnown ? { cpuSeconds: cpuSeconds - before } : {}),
    };
  });
}

/** A line of what a process prints, and the time that it had spent on the processors until then; undefined where nobody says. */
interface Line {
  readonly text: string;
  readonly cpuSeconds: number | undefined;
}

/** Runs cnnzoo in a control group of its own with the limit, where one can be made. */
async function limited(
  set: string,
  args: readonly string[],
): Promise<{ lines: Line[]; peakBytes: number; isLimited: boolean }> {
  const group = controlGroup();
  const enter = group === undefined ? '' : `echo $$ > ${group}/cgroup.procs && `;
  const child = spawn(
    'bash',
    ['-c', `${enter}exec "$@"`, 'bash', process.execPath, program, ...args, '--no-defaults'],
    {
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache', set) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const peak = peakOf(child);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const lines: Line[] = [];
  for await (const text of createInterface({ input: child.stdout! }))
    lines.push({ text, cpuSeconds: cpuSecondsOf(child) });
  const code = await ended;
  const peakBytes = peak();
  if (group !== undefined) rmdirSync(group);
  if (code !== 0) throw new Error(`cnnzoo ${args.join(' ')} ended with ${code}`);
  return { lines, peakBytes, isLimited: group !== undefined };
}

/** Linux counts a process's time on the processors, of all its threads, in hundredths of a second. */
function cpuSecondsOf({ pid }: ChildProcess): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** The largest resident size of a process, by the kernel. */
function peakOf(child: ChildProcess): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? peak / 1024);
    } catch {
      // It has ended.
    }
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** A new control group of Linux with the limit; undefined where this process may not make one. */
function controlGroup(): string | undefined {
  const ways = [
    { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
    { root: '/sys/fs/cgroup', limit: 'memory.max' },
  ];
  for (const { root, limit } of ways) {
    const group = join(root, `cnnzoo-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    try {
      writeFileSync(join(group, limit), String(limitBytes));
      return group;
    } catch {
      rmdirSync(group);
    }
  }
  return undefined;
}
