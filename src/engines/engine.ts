import type { Tensor, Tensors } from '../base/tensor.js';
import type { Graph } from '../models/graph/graph.js';
import type { OptimizerConfig } from '../recipe/optimizers/index.js';
import type { FormulationWish } from './formulation.js';

/** Where an engine computes: `cpu`, `webgpu`, `cuda`, and a readable description of the hardware and backend. */
export interface Device {
  readonly name: string;
  readonly description: string;
}

/** What an engine is started for, from which it chooses its threads where nobody asks for a number. */
export interface EngineWork {
  readonly graph: Graph;
  readonly mode: 'train' | 'infer';
  /** Images a training step, or a call of an inference program. */
  readonly batchSize: number;
  /** Parts in which a training step is computed; 1 where absent. */
  readonly microBatches?: number;
}

export interface EngineOptions {
  /** A device name, or `auto`: a hardware GPU when there is one, else the CPU. */
  readonly device: string;
  /** Threads on the CPU; where absent as many as suit `work`, at most the physical cores. */
  readonly threads?: number;
  /** The heaviest work that it is to do, where that is known. */
  readonly work?: EngineWork;
  /**
   * In how many parts the onnx engine computes a training step at the same time on the CPU, each with its share of the threads;
   * where absent as many as suit `work`, 1 where that is not known.
   */
  readonly replicas?: number | undefined;
  /** false leaves out what `doctor` finds of ONNX Runtime's internals: the portable formulation, which tests hold against the other. */
  readonly blocks?: boolean;
  /** How the onnx engine is to compute convolutions wherever it can be done in this way; each as it is fastest where absent. */
  readonly formulation?: FormulationWish | undefined;
  /** Where the onnx engine is to write which operator ran where and how long, a file a program: the begin of their names. */
  readonly profile?: string;
  /** Whether the onnx engine is to refuse programs of which a part would run on the CPU instead of the device. */
  readonly whole?: boolean;
}

/** Images and labels of one step. Pixels stay bytes until the step, which scales them as the graph's `pixels` says. */
export interface Batch {
  /** [batchSize, H, W, C]; images from `count` on are padding and count for nothing. Floats where the graph takes numbers. */
  readonly pixels: Uint8Array | Float32Array;
  /** [batchSize] */
  readonly labels: Int32Array;
  /** Real images in this batch, 1 to batchSize. */
  readonly count: number;
  /** For each dropout layer of the graph, by its name: 1 keeps a value, 0 drops it; [batchSize, ...the layer's shape], channels last. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

export interface StepResult {
  /** The mean loss over the batch's real images, before the update. */
  readonly loss: number;
  /** Images classified correctly, before the update. */
  readonly correct: number;
}

/** All that a training program changes. Slots are the optimizer's tensors, named `layer/kernel/velocity` and so on. */
export interface ProgramState {
  readonly weights: Tensors;
  readonly slots: Tensors;
  /** Updates made so far. */
  readonly step: number;
}

export interface TrainingProgram {
  readonly batchSize: number;
  /** How many batches one call of `train` should bring: large enough to hide the cost of a call, small enough to stay interruptible. */
  readonly stepsPerCall: number;
  /** Milliseconds it took to build the program. */
  readonly buildMs: number;
  /** The tensors' memory may be transferred: do not use them afterwards. */
  load(state: ProgramState): Promise<void>;
  /** One update per batch, in order; `learningRates[i]` belongs to `batches[i]`. The batches' buffers may be transferred: do not use them afterwards. */
  train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]>;
  /** A copy of all that training has changed. */
  save(): Promise<ProgramState>;
  dispose(): Promise<void>;
}

export interface InferenceResult {
  /** [count, classes] */
  readonly probabilities: Float32Array;
  /** The loss of each image, [count]. */
  readonly losses: Float32Array;
  /** What the watched layer gives, [count, ...its shape], channels last; absent where none is watched. */
  readonly activations?: Float32Array;
}

export interface InferenceOptions {
  readonly batchSize: number;
  /** A layer whose output is wanted besides the model's. */
  readonly watch?: string;
  /**
   * Images to calibrate with, bytes [N, H, W, C]: convolutions, dense layers and what is between them are computed in int8 then, with
   * values as bytes over the ranges that they have on these images. Of the onnx engine on the CPU alone.
   */
  readonly calibration?: Uint8Array;
}

export interface InferenceProgram {
  readonly batchSize: number;
  readonly buildMs: number;
  /** The tensors' memory may be transferred: do not use them afterwards. */
  load(weights: Tensors): Promise<void>;
  run(batch: Batch): Promise<InferenceResult>;
  dispose(): Promise<void>;
}

export interface TrainingOptions {
  readonly batchSize: number;
  readonly optimizer: OptimizerConfig;
  /** The share of certainty that the wanted distribution spreads evenly over all classes; 0 where absent. */
  readonly labelSmoothing?: number;
  /**
   * Gradient accumulation: each batch is computed in so many parts, one after the other, which need less memory, and
   * then makes one update. All but batch normalization, whose statistics are each part's own, is as with the whole
   * batch at once. 1 where absent.
   */
  readonly microBatches?: number;
}

/**
 * What every layer makes of numbers, for people who look at layers. The graph may end in anything, and its input is read
 * as it is: `pixels` of the graph has no part.
 */
export interface LayersProgram {
  readonly batchSize: number;
  readonly buildMs: number;
  /** The tensors' memory may be transferred: do not use them afterwards. */
  load(weights: Tensors): Promise<void>;
  /**
   * @param input [batchSize, H, W, C]
   * @returns the output of every layer by its name, [batchSize, ...its shape], channels last, after its activation
   */
  run(input: Tensor): Promise<Tensors>;
  dispose(): Promise<void>;
}

/** Numbers, and what the gradients that go back from the last layer begin with. */
export interface GradientsInput {
  /** [batchSize, H, W, C] */
  readonly input: Tensor;
  /** Of some loss, with respect to the last layer's output: of its shape. */
  readonly gradient: Tensor;
  /** As of a `Batch`. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

export interface GradientsOptions {
  readonly batchSize: number;
  /**
   * A layer that gradients go back to and no further. Everything is as in use then: batch normalization by its running
   * values, dropout off; no mask is read.
   */
  readonly backTo?: string;
}

export interface GradientsResult {
  /**
   * The output of every layer as in training: batch normalization by the batch's own statistics, dropout by its masks.
   * With `backTo` those of that layer and the last one, as in use.
   */
  readonly outputs: Tensors;
  /** With respect to the input, [batchSize, H, W, C]; with `backTo` to the output of that layer. */
  readonly input: Tensor;
  /** With respect to every weight that is trained, by its full name: sums over the batch. With `backTo` of none. */
  readonly weights: Tensors;
}

/** What goes back through layers from given gradients of their output: the same graphs as of a `LayersProgram`. */
export interface GradientsProgram {
  readonly batchSize: number;
  readonly buildMs: number;
  /** The tensors' memory may be transferred: do not use them afterwards. */
  load(weights: Tensors): Promise<void>;
  run(given: GradientsInput): Promise<GradientsResult>;
  dispose(): Promise<void>;
}

/**
 * What both engines implement. Programs have fixed sizes. Errors are WorkErrors that name the layer or the device.
 */
export interface Engine {
  readonly name: string;
  readonly device: Device;
  /** CPU threads that compute, on a GPU those for what stays on the CPU; null where the library does not tell. */
  readonly threads: number | null;
  /** In how many parts a training step is computed at the same time, each with its share of the threads; absent where it is always whole. */
  readonly replicas?: number | undefined;
  /** How convolutions are computed, as it was asked for; absent where there is one way. */
  readonly formulation?: FormulationWish | undefined;
  /** Versions of the libraries underneath, for run.json and doctor. */
  readonly versions: Readonly<Record<string, string>>;
  trainingProgram(graph: Graph, options: TrainingOptions): Promise<TrainingProgram>;
  inferenceProgram(graph: Graph, options: InferenceOptions): Promise<InferenceProgram>;
  layersProgram(graph: Graph, batchSize: number): Promise<LayersProgram>;
  gradientsProgram(graph: Graph, options: GradientsOptions): Promise<GradientsProgram>;
  /** Releases everything; a disposed engine keeps no thread and no handle alive. */
  dispose(): Promise<void>;
}
