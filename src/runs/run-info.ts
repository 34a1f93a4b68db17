import * as z from 'zod';
import { cnnzooVersion } from '../base/files/version.js';
import { physicalCores } from '../base/machine/cores.js';
import { thisProcess } from '../base/machine/owner.js';
import { ownerSchema } from '../base/machine/owner-schema.js';
import { sizeOf } from '../base/tensor.js';
import { batchCount } from '../data/batches/batches.js';
import { FORMULATION_WISHES, type FormulationWish } from '../engines/formulation.js';
import type { StartedEngine } from '../engines/host/engines.js';
import { ENGINE_NAMES } from '../engines/host/engines.js';
import type { ModelSpec } from '../models/config/spec.js';
import { type Graph, weightsOf } from '../models/graph/graph.js';
import { limitSchema } from './images.js';
import { NO_PROGRESS, progressSchema, type RunProgress } from './progress.js';

/** Raised whenever an older cnnzoo could not read a run folder any more. */
export const RUN_FORMAT = 1;

/** `running` of a process that is gone means that it was killed; `completed` is also what early stopping ends with. */
const RUN_STATUSES = ['running', 'stopped', 'interrupted', 'completed', 'diverged'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

const datasetSchema = z.object({
  /** What was really used: the stand-in's name where a stand-in was used. */
  name: z.string(),
  /** What to ask for to get it again: a known name or a folder's full path. */
  request: z.string(),
  /** The data set of the model's config that could not be had; absent where these images are those that were asked for. */
  standsInFor: z.string().optional(),
  dataDir: z.string().nullable(),
  identity: z.string(),
  origin: z.string(),
  classes: z.array(z.string()),
  /** `limit`: images used of each split. */
  limit: limitSchema.nullable(),
  trainImages: z.int(),
  validationImages: z.int(),
  testImages: z.int(),
});

const engineSchema = z.object({
  name: z.enum(ENGINE_NAMES),
  device: z.string(),
  deviceDescription: z.string(),
  /** That computed; null where the engine does not tell, and in runs of version 0.1.0 that nobody asked for a number. */
  threads: z.int().nullable(),
  /** In how many parts steps were computed at the same time; absent, as in runs of 0.1, where they were whole. */
  replicas: z.int().optional(),
  /** How convolutions were computed, as it was asked for; absent for engines of one way, and in runs of 0.1. */
  formulation: z.enum(FORMULATION_WISHES).optional(),
  versions: z.record(z.string(), z.string()),
});

/** What run.json says. Progress is repeated from the checkpoint, which alone counts where the two differ. */
export const runInfoSchema = z.object({
  format: z.literal(RUN_FORMAT),
  status: z.enum(RUN_STATUSES),
  model: z.string(),
  title: z.string(),
  params: z.int(),
  seed: z.int(),
  epochs: z.int(),
  batchSize: z.int(),
  stepsPerEpoch: z.int(),
  dataset: datasetSchema,
  engine: engineSchema,
  /** `until`: the figures that end training before its last epoch. */
  until: z.array(z.string()).default([]),
  /** The file of weights that training began with; null where they were drawn. */
  initialWeights: z
    .object({
      file: z.string(),
      sha256: z.string(),
      newHead: z.boolean().default(false),
      prepared: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  /** Words of the user's to find it again by. */
  tags: z.array(z.string()).default([]),
  /** The file of a folder's defaults and what it said of the run as it was begun; null where nothing came from there. */
  defaults: z
    .object({ file: z.string(), settings: z.record(z.string(), z.unknown()) })
    .nullable()
    .default(null),
  /** What `set` said of the run as it was begun, those that change its network. */
  networkSets: z.array(z.string()).default([]),
  /** How many epochs there were to be before a resumption changed that, and how many were done then. */
  replanned: z.array(z.object({ epochs: z.int(), epoch: z.int() })).default([]),
  cnnzoo: z.string(),
  node: z.string(),
  /** Who trains or trained last. */
  owner: ownerSchema,
  /** ISO 8601. */
  created: z.string(),
  updated: z.string(),
  ...progressSchema.shape,
  /** What weights.safetensors holds: the weights of the epoch with the lowest validation loss, or the last ones. */
  weights: z.enum(['best', 'last']),
  /** The evaluation on the test split; null before it. */
  test: z.object({ images: z.int(), loss: z.number(), accuracy: z.number() }).nullable(),
  /** Of the predictions.csv of that evaluation; null also of an older cnnzoo. */
  predictionsSha256: z.string().nullable().default(null),
});

export type RunInfo = z.output<typeof runInfoSchema>;
export type RunDataset = RunInfo['dataset'];
export type TestResult = NonNullable<RunInfo['test']>;

/** What the bits of a training depend on besides its config and images. Absent is what the engine chooses by itself. */
export interface Computing {
  readonly threads?: number | undefined;
  readonly replicas?: number | undefined;
  readonly formulation?: FormulationWish | undefined;
}

/**
 * How a run comes out the same again, bit for bit: sums are split among threads, and added up in the order of replicas.
 * @param threads asked for in place of its own
 */
export function computingOfRun(engine: RunInfo['engine'], threads?: number): Computing {
  const { formulation, replicas = 1 } = engine;
  // Version 0.1.0 took the physical cores where it wrote no number. The other engine takes none.
  const own = engine.name === 'onnx' ? (engine.threads ?? physicalCores()) : undefined;
  const isOwn = threads === undefined || threads === own;
  return { threads: threads ?? own, replicas: isOwn ? replicas : undefined, formulation };
}

/** What run.json says when training begins or goes on. */
export function beginInfo(parts: {
  readonly spec: ModelSpec;
  readonly graph: Graph;
  readonly dataset: RunDataset;
  readonly engine: StartedEngine;
  readonly until: readonly string[];
  readonly initial: RunInfo['initialWeights'];
  readonly networkSets: readonly string[];
  readonly tags: readonly string[];
  readonly defaults: RunInfo['defaults'];
  /** Of a run that goes on. */
  readonly previous: RunInfo | undefined;
  readonly progress: RunProgress | undefined;
}): RunInfo {
  const { spec, graph, dataset, engine, previous } = parts;
  const { epochs, batchSize, seed } = spec.config.training;
  const now = new Date().toISOString();
  return {
    format: RUN_FORMAT,
    status: 'running',
    model: spec.name,
    title: spec.config.title,
    params: weightsOf(graph).reduce((sum, weight) => sum + sizeOf(weight.spec.shape), 0),
    seed,
    epochs,
    batchSize,
    stepsPerEpoch: batchCount(dataset.trainImages, batchSize),
    dataset,
    engine: {
      name: engine.name,
      device: engine.device.name,
      deviceDescription: engine.device.description,
      threads: engine.threads,
      ...(engine.replicas ? { replicas: engine.replicas } : {}),
      ...(engine.formulation ? { formulation: engine.formulation } : {}),
      versions: { ...engine.versions },
    },
    until: [...parts.until],
    initialWeights: previous?.initialWeights ?? parts.initial,
    defaults: previous === undefined ? parts.defaults : previous.defaults,
    networkSets: [...(previous?.networkSets ?? parts.networkSets)],
    tags: [...new Set([...(previous?.tags ?? []), ...parts.tags])],
    replanned: replanned(previous, epochs, parts.progress?.epoch ?? 0),
    cnnzoo: cnnzooVersion(),
    node: process.version,
    owner: thisProcess(),
    created: previous?.created ?? now,
    updated: now,
    ...(parts.progress ?? NO_PROGRESS),
    weights: previous?.weights ?? (dataset.validationImages > 0 ? 'best' : 'last'),
    test: null,
    predictionsSha256: null,
  };
}

function replanned(previous: RunInfo | undefined, epochs: number, epoch: number): RunInfo['replanned'] {
  if (previous === undefined) return [];
  const isChange = previous.epochs !== epochs;
  return isChange ? [...previous.replanned, { epochs: previous.epochs, epoch }] : previous.replanned;
}
