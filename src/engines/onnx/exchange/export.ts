import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import type { Tensors } from '../../../base/tensor.js';
import { setting } from '../../../base/text/settings.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import { ort } from '../library/onnxruntime.js';
import { runSession } from '../library/session.js';
import { weightsToPack, writePlain } from '../plan/plain.js';
import { planInference } from '../plan/plan.js';
import { traceGraph, weightLayouts } from '../plan/trace.js';
import { EXPORTED } from '../programs/names.js';
import { BATCH, type ExportForm, ExportWriter } from '../write/export-writer.js';
import type { ModelHeader } from '../write/proto.js';
import type { Ref } from '../write/ref.js';

export const DEFAULT_OPSET = ExportWriter.OPSET;

/** What one file of protobuf can hold. */
const LARGEST_BYTES = 2 ** 31 - 1;

/**
 * The bytes of an ONNX model for other programs, part by part: scaled pixels, float `image` [batch, C, H, W], to `probabilities`
 * [batch, classes], any number of images at a time; without auxiliary classifiers and dropout.
 * @throws WorkError where the weights do not fit, or are more than a file can hold
 */
export function exportModel(
  graph: Graph,
  weights: Tensors,
  header: ModelHeader,
  form: ExportForm = { opset: DEFAULT_OPSET, dtype: 'float32' },
): ReturnType<ExportWriter['encodeFor']> {
  const bytes =
    [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0) /
    (form.dtype === 'float16' ? 2 : 1);
  if (bytes > LARGEST_BYTES) {
    throw new WorkError(
      `${graph.name} has ${bytes} bytes of weights, more than the 2 GB of an ONNX file: export it with ${setting('to', 'safetensors')}.`,
    );
  }
  const trace = planInference(traceGraph(withoutAuxiliaries(graph)));
  const g = new ExportWriter(graph.name, form);
  const [height, width, channels] = graph.input;
  const image = g.input(EXPORTED.image, [BATCH, channels, height, width]);
  const constants = new Map<string, Ref>();
  for (const { name, dims, pack } of weightsToPack(weightLayouts(trace), weights))
    constants.set(name, g.weight(name, pack, dims));
  const refs = writePlain(g, trace, { image, batch: BATCH, weights: constants, forExport: true });
  g.scope = outputNode(graph).name;
  const logits = refs.get(trace.output.id)!;
  g.output(g.op('Softmax', [logits], logits.dims, { axis: 1 }), EXPORTED.probabilities);
  return g.encodeFor(header);
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
