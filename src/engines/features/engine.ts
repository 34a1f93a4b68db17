import { sizeOf, type Tensor, type Tensors } from '../../base/tensor.js';
import { type Graph, weightsOf } from '../../models/graph/graph.js';
import type {
  Batch,
  Engine,
  InferenceProgram,
  ProgramState,
  TrainingOptions,
  TrainingProgram,
} from '../engine.js';
import type { FeatureCut } from './cut.js';
import { FeatureStore } from './store.js';

/**
 * An engine that computes the frozen beginning of a graph once for each image, and everything else from the features that it
 * gave: an epoch costs what the head costs. Other graphs are passed on.
 * @param cut of `graph`
 */
export function withFeatures<E extends Engine>(engine: E, graph: Graph, cut: FeatureCut): E {
  const features = new Features(engine, graph, cut);
  return {
    ...engine,
    trainingProgram: (asked, options) =>
      asked === graph ? trainingOn(features, engine, options) : engine.trainingProgram(asked, options),
    inferenceProgram: (asked, options) =>
      asked === graph && options.watch === undefined
        ? inferenceOn(features, engine, options.batchSize)
        : engine.inferenceProgram(asked, options),
    async dispose() {
      await features.close();
      await engine.dispose();
    },
  };
}

/** The frozen beginning of a network, and what it has made of images so far. */
class Features {
  readonly #engine: Engine;
  readonly #store: FeatureStore;
  readonly #count: number;
  readonly #frozen: ReadonlySet<string>;
  #program: InferenceProgram | undefined;
  #weights: Tensors = new Map();

  constructor(
    engine: Engine,
    readonly graph: Graph,
    readonly cut: FeatureCut,
  ) {
    this.#engine = engine;
    this.#count = cut.head.input[2];
    this.#store = new FeatureStore(this.#count);
    const ofHead = new Set(weightsOf(cut.head).map(({ fullName }) => fullName));
    const names = weightsOf(graph).map(({ fullName }) => fullName);
    this.#frozen = new Set(names.filter((name) => !ofHead.has(name)));
  }

  /** Takes the weights of the whole network and gives back those of the head. What other weights made is forgotten. */
  async load(weights: Tensors): Promise<Tensors> {
    const [frozen, head] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
    for (const [name, tensor] of weights) (this.#frozen.has(name) ? frozen : head).set(name, tensor);
    if (!isSame(frozen, this.#weights)) {
      this.#store.clear();
      this.#weights = copyOf(frozen);
      // An image by itself: what it gives must not depend on which others are computed with it.
      this.#program ??= await this.#engine.inferenceProgram(this.graph, {
        batchSize: 1,
        watch: this.cut.layer,
      });
      await this.#program.load(copyOf(weights));
    }
    return head;
  }

  /** The head's weights with the frozen ones, in the order of the graph. */
  joined(head: Tensors): Tensors {
    const frozen = copyOf(this.#weights);
    return new Map(
      weightsOf(this.graph).map(({ fullName }) => [fullName, head.get(fullName) ?? frozen.get(fullName)!]),
    );
  }

  /** The same batch with features in place of its images. */
  async of(batch: Batch): Promise<Batch> {
    const size = sizeOf(this.graph.input);
    const values = new Float32Array(batch.labels.length * this.#count);
    for (let i = 0; i < batch.count; i++) {
      const image = batch.pixels.subarray(i * size, (i + 1) * size) as Uint8Array;
      const key = FeatureStore.keyOf(image);
      let found = await this.#store.get(key);
      if (found === undefined) {
        found = await this.#compute(image);
        await this.#store.set(key, found);
      }
      values.set(found, i * this.#count);
    }
    return { ...batch, pixels: values };
  }

  async #compute(image: Uint8Array): Promise<Float32Array> {
    const batch = { pixels: image.slice(), labels: new Int32Array(1), count: 1, masks: new Map() };
    return (await this.#program!.run(batch)).activations!.slice();
  }

  async close(): Promise<void> {
    await this.#program?.dispose();
    await this.#store.close();
  }
}

async function trainingOn(
  features: Features,
  engine: Engine,
  options: TrainingOptions,
): Promise<TrainingProgram> {
  const program = await engine.trainingProgram(features.cut.head, options);
  return {
    batchSize: program.batchSize,
    // A step whose images are new takes long; between two of them training can be stopped.
    stepsPerCall: 1,
    buildMs: program.buildMs,
    async load(state) {
      await program.load({ ...state, weights: await features.load(state.weights) });
    },
    async train(batches, learningRates) {
      const own: Batch[] = [];
      for (const batch of batches) own.push(await features.of(batch));
      return program.train(own, learningRates);
    },
    async save(): Promise<ProgramState> {
      const state = await program.save();
      return { ...state, weights: features.joined(state.weights) };
    },
    dispose: () => program.dispose(),
  };
}

async function inferenceOn(features: Features, engine: Engine, batchSize: number): Promise<InferenceProgram> {
  const program = await engine.inferenceProgram(features.cut.head, { batchSize });
  return {
    batchSize,
    get buildMs() {
      return program.buildMs;
    },
    load: async (weights) => program.load(await features.load(weights)),
    run: async (batch) => program.run(await features.of(batch)),
    dispose: () => program.dispose(),
  };
}

const copyOf = (tensors: Tensors): Tensors =>
  new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));

/** Whether tensors have the same bits. */
function isSame(a: Tensors, b: Tensors): boolean {
  const bytes = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return (
    a.size === b.size &&
    [...a].every(([name, tensor]) => {
      const other = b.get(name);
      return other !== undefined && bytes(tensor).equals(bytes(other));
    })
  );
}
