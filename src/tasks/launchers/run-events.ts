import { join } from 'node:path';
import type { EndEvent, StartEvent, StepEvent, TrainingEvent } from '../../runs/events.js';
import type { ResolvedConfig } from '../../runs/run-config.js';
import { readConfig } from '../../runs/watch/config-brief.js';
import type { ProgressNow } from '../../runs/watch/progress-now.js';
import type { RunBrief } from '../../runs/watch/run-brief.js';
import { RunWatch, type WatchedRun } from '../../runs/watch/run-watch.js';
import type { ComparisonEvent } from '../compare/train-all.js';
import type { ComparisonPlan } from '../compare/training-plan.js';

interface Seen {
  run: WatchedRun;
  epochs: number;
}

/** Tells what happens to the runs of a comparison by looking at their folders: whoever trains them, wherever. */
export class RunEvents {
  readonly #watch: RunWatch;
  readonly #indices: ReadonlyMap<string, number>;
  readonly #seen = new Map<number, Seen>();
  /** Of those that were over before. */
  readonly #old = new Set<number>();

  constructor({ dir, content }: ComparisonPlan) {
    this.#watch = new RunWatch(dir);
    this.#indices = new Map(content.runs.map(({ folder }, index) => [join(dir, folder), index]));
    this.#watch.look();
    for (const run of this.#watch.runs) {
      const index = this.#indices.get(run.dir);
      if (index !== undefined && isEnd(run)) this.#old.add(index);
    }
  }

  /** What has happened since it looked last. */
  look(): ComparisonEvent[] {
    this.#watch.look();
    return this.#watch.runs.flatMap((run) => {
      const index = this.#indices.get(run.dir);
      if (index === undefined || this.#old.has(index)) return [];
      return this.#eventsOf(index, run).map((event) => ({ index, event }));
    });
  }

  /** Whether any run has begun, now or before. */
  get hasBegun(): boolean {
    return this.#seen.size + this.#old.size > 0;
  }

  #eventsOf(index: number, run: WatchedRun): TrainingEvent[] {
    const { brief, now } = run;
    const before = this.#seen.get(index);
    if (brief === null || before?.run === run) return [];
    const events: TrainingEvent[] = [];
    const wasOver = before !== undefined && isEnd(before.run);
    if (before === undefined || (wasOver && !isEnd(run))) {
      const config = readConfig(run.dir);
      // It is being written.
      if (config === null) return [];
      events.push(startOf(run, brief, config));
    }
    const done = before?.epochs ?? 0;
    for (const record of brief.history.slice(done)) events.push({ event: 'epoch', run: run.dir, ...record });
    if (now !== null && !isEnd(run)) events.push(stepOf(brief, now));
    if (isEnd(run) && !wasOver) events.push(endOf(run, brief));
    this.#seen.set(index, { run, epochs: brief.history.length });
    return events;
  }
}

/** Whether nobody trains it: what was killed can be gone on with. */
function isEnd({ condition, brief }: WatchedRun): boolean {
  if (condition === 'completed') return brief?.test !== null && brief?.test !== undefined;
  return condition === 'stopped' || condition === 'interrupted' || condition === 'diverged';
}

function startOf({ dir }: WatchedRun, brief: RunBrief, config: ResolvedConfig): StartEvent {
  const { dataset, engine, history } = brief;
  return {
    event: 'start',
    model: brief.model,
    title: brief.title,
    dataset: dataset.name,
    engine: engine.name,
    device: engine.device,
    deviceDescription: engine.deviceDescription,
    params: brief.params,
    optimizer: config.training.optimizer?.name ?? '',
    epochs: brief.epochs,
    batchSize: brief.batchSize,
    trainImages: dataset.trainImages,
    validationImages: dataset.validationImages,
    testImages: dataset.testImages,
    stepsPerEpoch: brief.stepsPerEpoch,
    seed: brief.seed,
    run: dir,
    resumedEpoch: history.length === 0 ? null : history.length,
    config,
  };
}

function stepOf(brief: RunBrief, now: ProgressNow): StepEvent {
  const eta = now.etaSeconds ?? Number.POSITIVE_INFINITY;
  return {
    event: 'step',
    epoch: now.epoch,
    step: now.step,
    stepsPerEpoch: brief.stepsPerEpoch,
    loss: now.loss,
    epochLoss: now.loss,
    epochAccuracy: now.accuracy,
    learningRate: now.learningRate,
    imagesPerSecond: now.imagesPerSecond ?? 0,
    epochEtaSeconds: eta,
    runEtaSeconds: eta,
    phase: 'training',
  };
}

function endOf({ dir, condition }: WatchedRun, brief: RunBrief): EndEvent {
  return {
    event: 'end',
    run: dir,
    epochs: brief.epoch,
    testLoss: brief.test?.loss ?? null,
    testAccuracy: brief.test?.accuracy ?? null,
    seconds: brief.seconds,
    reason:
      condition === 'stopped' || condition === 'interrupted' || condition === 'diverged'
        ? condition
        : 'completed',
  };
}
