import type { BenchMode, BenchResult } from '../bench/measure.js';
import { UsageError, WorkError } from '../errors.js';
import type { Column } from '../report/column.js';
import { outputStyle, print } from '../report/output.js';
import { renderRows } from '../report/render.js';
import { formatBytes, formatInteger } from '../ui/format.js';
import { defineCommand } from './command.js';

interface BenchArguments {
  readonly models: readonly string[];
  readonly mode: BenchMode;
  readonly batchSize: number | undefined;
  readonly microBatches: number | undefined;
  readonly steps: number;
  readonly engine: 'auto' | 'onnx' | 'tensorflow';
  readonly device: string;
  readonly threads: number | undefined;
}

const ms = (value: number): string => value.toFixed(value < 100 ? 2 : 0);

const columns: readonly Column<BenchResult>[] = [
  { key: 'model', header: 'Model', priority: 0, value: (r) => r.model },
  { key: 'mode', header: 'Mode', priority: 6, value: (r) => r.mode },
  { key: 'engine', header: 'Engine', priority: 5, value: (r) => r.engine },
  { key: 'device', header: 'Device', priority: 4, value: (r) => r.device },
  { key: 'batchSize', header: 'Batch', priority: 3, align: 'right', value: (r) => r.batchSize },
  {
    key: 'microBatches',
    header: 'Parts',
    priority: 10,
    align: 'right',
    value: (r) => r.microBatches,
  },
  { key: 'steps', header: 'Steps', priority: 8, align: 'right', value: (r) => r.steps },
  { key: 'msPerStep', header: 'ms/step', priority: 2, align: 'right', value: (r) => r.msPerStep, format: ms },
  {
    key: 'imagesPerSecond',
    header: 'Images/s',
    priority: 1,
    align: 'right',
    value: (r) => r.imagesPerSecond,
    format: (value: number) => formatInteger(Math.round(value)),
  },
  {
    key: 'compileMs',
    header: 'Build ms',
    priority: 9,
    align: 'right',
    value: (r) => r.compileMs,
    format: ms,
  },
  {
    key: 'peakMemoryBytes',
    header: 'Peak memory',
    priority: 7,
    align: 'right',
    value: (r) => r.peakMemoryBytes,
    format: formatBytes,
  },
];

export const command = defineCommand({
  usage: 'bench <models..>',
  describe: 'How fast models train or infer on this machine',
  examples: [
    ['cnnzoo bench lenet5 mnist-basic', 'a training step of each, on random images'],
    ['cnnzoo bench mnist-basic --mode infer --batch-size 256 --json', 'inference, as JSON'],
  ],
  options: (yargs) =>
    yargs
      .positional('models', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Models of the zoo or YAML files',
      })
      .option('mode', {
        choices: ['train', 'infer'] as const,
        default: 'train' as BenchMode,
        describe: 'What to measure',
      })
      .option('batch-size', { type: 'number', describe: "Images a step (default: the model's)" })
      .option('micro-batches', {
        type: 'number',
        describe: "Parts in which a training step is computed (default: the model's)",
      })
      .option('steps', { type: 'number', default: 50, describe: 'Steps to measure, after a warm-up' })
      .option('engine', {
        choices: ['auto', 'onnx', 'tensorflow'] as const,
        default: 'auto' as const,
        describe: 'What computes',
      })
      .option('device', { type: 'string', default: 'auto', describe: 'auto, cpu, webgpu, cuda' })
      .option('threads', { type: 'number', describe: 'CPU threads (default: the physical cores)' }),
  async run(args) {
    requireCount('--steps', args.steps);
    requireCount('--batch-size', args.batchSize);
    requireCount('--micro-batches', args.microBatches);
    requireCount('--threads', args.threads);
    const [only, ...more] = args.models;
    const results = more.length === 0 ? [await benchOne(only!, args)] : await benchEach(args);
    print(await renderRows(args.format, results, columns, results, outputStyle(args)));
    return 0;
  },
});

function requireCount(flag: string, value: number | undefined): void {
  if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
    throw new UsageError(`${flag} must be a whole number of at least 1, got ${value}.`);
  }
}

async function benchOne(model: string, args: BenchArguments): Promise<BenchResult> {
  const { loadModel } = await import('../models/zoo.js');
  const { buildGraph } = await import('../models/build.js');
  const { startEngine } = await import('../engines/index.js');
  const { measure } = await import('../bench/measure.js');
  const spec = loadModel(model);
  const { batchSize, microBatches, optimizer } = spec.config.training;
  const engine = await startEngine({ engine: args.engine, device: args.device, threads: args.threads });
  try {
    const options = {
      mode: args.mode,
      batchSize: args.batchSize ?? batchSize,
      microBatches: args.mode === 'train' ? (args.microBatches ?? microBatches) : 1,
      steps: args.steps,
      optimizer,
    };
    return await measure(engine, buildGraph(spec), options);
  } finally {
    await engine.dispose();
  }
}

/** Several models, each in a process of its own: memory is then theirs alone, and no idle thread slows the next. */
async function benchEach(args: BenchArguments): Promise<BenchResult[]> {
  const { loadModel } = await import('../models/zoo.js');
  for (const model of args.models) loadModel(model);
  const results: BenchResult[] = [];
  for (const model of args.models) {
    process.stderr.write(`Measuring ${model} (${results.length + 1} of ${args.models.length})\n`);
    results.push(await benchChild(model, args));
  }
  return results;
}

async function benchChild(model: string, args: BenchArguments): Promise<BenchResult> {
  const { spawn } = await import('node:child_process');
  const { text } = await import('node:stream/consumers');
  const { batchSize, microBatches, threads } = args;
  const flags = [
    '--mode',
    args.mode,
    '--steps',
    args.steps,
    '--engine',
    args.engine,
    '--device',
    args.device,
  ];
  if (batchSize !== undefined) flags.push('--batch-size', batchSize);
  if (microBatches !== undefined) flags.push('--micro-batches', microBatches);
  if (threads !== undefined) flags.push('--threads', threads);
  const command = [...process.execArgv, process.argv[1]!, 'bench', model, '--json', ...flags.map(String)];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new WorkError(`Measuring ${model} failed.`);
  return (JSON.parse(output) as BenchResult[])[0]!;
}
