import type { EngineName } from '../engines/host/engines.js';
import type { ResolvedConfig } from './run-config.js';

/** What a training run tells the world, in order: start, then steps and epochs, then end. The renderers in src/ui turn these into a live screen, plain lines or JSON lines. */
export type TrainingEvent = StartEvent | StepEvent | EpochEvent | SavedEvent | NoticeEvent | EndEvent;

export interface StartEvent {
  readonly event: 'start';
  readonly model: string;
  readonly title: string;
  /** The data set that is really used. */
  readonly dataset: string;
  readonly engine: EngineName;
  readonly device: string;
  /** For people: "2 threads, AMD EPYC" or the GPU's name. */
  readonly deviceDescription: string;
  readonly params: number;
  readonly optimizer: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly trainImages: number;
  readonly validationImages: number;
  readonly testImages: number;
  readonly stepsPerEpoch: number;
  readonly seed: number;
  readonly run: string;
  /** Epochs already done when a run is resumed. */
  readonly resumedEpoch: number | null;
  /** What the run's config.yaml says. */
  readonly config: ResolvedConfig;
}

export interface StepEvent {
  readonly event: 'step';
  /** 1-based. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Of the last step. */
  readonly loss: number;
  /** Running means of this epoch. */
  readonly epochLoss: number;
  readonly epochAccuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Seconds to the end of the epoch, and of the run. */
  readonly epochEtaSeconds: number;
  readonly runEtaSeconds: number;
  /** What is going on: training, or looking at the validation or test images. */
  readonly phase: 'training' | 'validation' | 'test';
}

export interface EpochEvent {
  readonly event: 'epoch';
  readonly run: string;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  /** null but where the test images are looked at after every epoch. */
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface SavedEvent {
  readonly event: 'saved';
  readonly run: string;
  readonly epoch: number;
  readonly step: number;
}

export interface NoticeEvent {
  readonly event: 'notice';
  readonly level: 'notice' | 'warning';
  readonly message: string;
}

export interface EndEvent {
  readonly event: 'end';
  readonly run: string;
  /** Epochs completed. */
  readonly epochs: number;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly seconds: number;
  readonly reason: 'completed' | 'early-stopping' | 'target-reached' | 'stopped' | 'interrupted' | 'diverged';
}

/** A wish of the user at the live screen or by a signal. */
export type StopRequest = 'after-epoch' | 'now';
