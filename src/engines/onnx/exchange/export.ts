import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { physicalCores } from '../../../base/machine/cores.js';
import type { Tensors } from '../../../base/tensor.js';
import { setting } from '../../../base/text/settings.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import type { Range } from '../int8/numbers.js';
import { type Int8Plan, planInt8 } from '../int8/plan.js';
import { type Int8Inputs, writeInt8 } from '../int8/write.js';
import { ort } from '../library/onnxruntime.js';
import { runSession } from '../library/session.js';
import { weightsToPack, writePlain } from '../plan/plain.js';
import { planInference } from '../plan/plan.js';
import { type Trace, traceGraph, weightLayouts } from '../plan/trace.js';
import { EXPORTED } from '../programs/names.js';
import { measureRanges } from '../programs/value-ranges.js';
import { BATCH, type ExportForm, ExportWriter } from '../write/export-writer.js';
import type { ModelHeader } from '../write/proto.js';
import type { Ref } from '../write/ref.js';

export const DEFAULT_OPSET = ExportWriter.OPSET;

/** What one file of protobuf can hold. */
const LARGEST_BYTES = 2 ** 31 - 1;

/** What a model in int8 is made with. */
export interface Int8Export {
  readonly plan: Int8Plan;
  readonly ranges: ReadonlyMap<number, Range>;
}

/** Plans a network in int8 and measures what it takes, with images, bytes [N, H, W, C]. @throws as `planInt8`, `measureRanges` */
export async function prepareInt8(graph: Graph, weights: Tensors, images: Uint8Array): Promise<Int8Export> {
  const plan = planInt8(graph);
  const settings = { provider: 'cpu', threads: physicalCores() } as const;
  return { plan, ranges: await measureRanges(graph, plan, weights, images, settings) };
}

/**
 * The bytes of an ONNX model for other programs, part by part: scaled pixels, float `image` [batch, C, H, W], to `probabilities`
 * [batch, classes], any number of images at a time; without auxiliary classifiers and dropout.
 * @param int8 where convolutions, dense layers and what is between them are to be computed on bytes: a QDQ model, see `writeInt8`
 * @throws WorkError where the weights do not fit, or are more than a file can hold
 */
export function exportModel(
  graph: Graph,
  weights: Tensors,
  header: ModelHeader,
  form: ExportForm = { opset: DEFAULT_OPSET, dtype: 'float32' },
  int8?: Int8Export,
): ReturnType<ExportWriter['encodeFor']> {
  const bytes =
    [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0) /
    (int8 ? 4 : form.dtype === 'float16' ? 2 : 1);
  if (bytes > LARGEST_BYTES) {
    throw new WorkError(
      `${graph.name} has ${bytes} bytes of weights, more than the 2 GB of an ONNX file: export it with ${setting('to', 'safetensors')}.`,
    );
  }
  const trace = int8?.plan.trace ?? planInference(traceGraph(withoutAuxiliaries(graph)));
  const g = new ExportWriter(graph.name, form);
  const [height, width, channels] = graph.input;
  const image = g.input(EXPORTED.image, [BATCH, channels, height, width]);
  const given = { image, forExport: true };
  const constant = (name: string, data: () => Float32Array, dims: readonly number[]) =>
    g.weight(name, data, dims);
  const refs = int8
    ? writeInt8(g, int8.plan, { ...given, weights, ranges: int8.ranges, constant })
    : writePlain(g, trace, { ...given, weights: wholeWeights(trace, weights, constant) });
  g.scope = outputNode(graph).name;
  const logits = refs.get(trace.output.id)!;
  g.output(g.op('Softmax', [logits], logits.dims, { axis: 1 }), EXPORTED.probabilities);
  return g.encodeFor(header);
}

function wholeWeights(
  trace: Trace,
  weights: Tensors,
  constant: Int8Inputs['constant'],
): ReadonlyMap<string, Ref> {
  const packed = [...weightsToPack(weightLayouts(trace), weights)];
  return new Map(packed.map(({ name, dims, pack }) => [name, constant(name, pack, dims)]));
}

/** An exported model in ONNX Runtime, as any other program would run it. */
interface ExportedModel {
  /** Scaled pixels [count, C, H, W] to probabilities [count, classes]. */
  run(image: Float32Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** @throws WorkError with ONNX Runtime's reason where it does not take the file */
export async function openExported(path: string, { input }: Graph): Promise<ExportedModel> {
  const [height, width, channels] = input;
  const settings = {
    logSeverityLevel: 3,
    // Kernels laid out anew would be a further copy of the weights, for a few images.
    extra: { session: { disable_prepacking: '1' } },
  } as const;
  const session = await ort.InferenceSession.create(path, settings).catch((error: Error) => {
    throw new WorkError(
      `internal: ONNX Runtime does not take the exported file: ${error.message}; please report this.`,
    );
  });
  return {
    async run(image, count) {
      const feed = new ort.Tensor('float32', image, [count, channels, height, width]);
      const outputs = await runSession(session, { [EXPORTED.image]: feed });
      return (outputs[EXPORTED.probabilities] as Ort.Tensor).data as Float32Array;
    },
    dispose: () => session.release(),
  };
}
