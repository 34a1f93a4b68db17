import { WorkError } from '../base/errors.js';
import { setting } from '../base/text/settings.js';
import { listed } from '../base/text/words.js';
import { MisfitError } from '../engines/onnx/exchange/view/misfit.js';
import { buildGraph } from '../models/build.js';
import type { ModelSpec } from '../models/config/spec.js';
import type { Graph } from '../models/graph/graph.js';
import { loadModel, modelNames } from '../models/zoo.js';
import type { PixelsConfig } from '../recipe/pixels.js';
import type { OnnxFile } from './files/onnx-file.js';
import { openWeights } from './files/open.js';
import type { FileFormat, WeightsFile } from './files/tensor-file.js';
import { type KnownFile, knowFile, pairLayers } from './match-file.js';
import { ownMisfit, ownTensors } from './own-file.js';
import type { Pairing } from './pairing.js';
import { familyPictures } from './prepared.js';

/** What a file of weights is, without its values. */
export interface Inspection {
  readonly path: string;
  readonly format: FileFormat;
  /** In words. */
  readonly kind: string;
  /** Whose names its layers have, `torchvision-resnet`; null where they are nobody's that is known. */
  readonly family: string | null;
  /** The same in words. */
  readonly familyTitle: string | null;
  /** How its pictures are prepared, as `pixels` of a config, and in words; null where that is not known. */
  readonly pixels: PixelsConfig | null;
  readonly pictures: string | null;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
  }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Models of the zoo that take it as it is. */
  readonly fits: readonly string[];
  /** What would make it fit, in a sentence; null where it does. */
  readonly wayOut: string | null;
}

/**
 * Tells what a file of weights or a run folder holds, and which models of the zoo it fits.
 * @throws UsageError where there is no such file; WorkError saying what it is, where it is none of weights
 */
export async function inspectWeights(path: string): Promise<Inspection> {
  const file = await openWeights(path);
  try {
    const known = knowFile(file);
    const attempts = await attemptsOf(known);
    const fits = attempts.filter(({ misfit }) => misfit === null).map(({ model }) => model);
    const isOwn = file.isOwn || file.format === 'run';
    return {
      path,
      format: file.format,
      kind: file.kind,
      family: known.family?.name ?? (isOwn ? 'cnnzoo' : null),
      familyTitle: known.family?.title ?? (isOwn ? "cnnzoo's own names" : null),
      pixels: known.family?.preparation ?? null,
      pictures: known.family && familyPictures(known.family),
      tensors: file.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      metadata: file.metadata,
      fits,
      wayOut: fits.length > 0 ? null : wayOutOf(known, attempts),
    };
  } finally {
    await file.close();
  }
}

/** How a file fits a model. */
interface Attempt {
  readonly model: string;
  /** null where it fits. */
  readonly misfit: string | null;
  /** How many layers fit before. */
  readonly fitting: number;
  /** So many classes would make it fit. */
  readonly classes: number | null;
}

async function attemptsOf(known: KnownFile): Promise<Attempt[]> {
  const { weightsFromOnnx } = await import('../engines/onnx/exchange/import/match.js');
  const attempts: Attempt[] = [];
  for (const model of modelNames()) {
    const spec = loadModel(model);
    const graph = buildGraph(spec);
    const fromOnnx = () => weightsFromOnnx(known.file.path, (known.file as OnnxFile).model, graph);
    const isOnnx = known.file.format === 'onnx';
    attempts.push(isOnnx ? ofOnnx(known.file, graph, fromOnnx) : ofLayers(known, spec, graph));
  }
  return attempts;
}

/** Reading an ONNX file for a graph takes its values: it is tried where the kernels are of the same sizes. */
function ofOnnx({ tensors }: WeightsFile, graph: Graph, read: () => unknown): Attempt {
  const kernels = graph.nodes.flatMap(({ weights }) => weights).filter(({ shape }) => shape.length > 1);
  const sizes = new Set(tensors.map(({ shape }) => sortedSize(shape)));
  const missing = kernels.filter(({ shape }) => !sizes.has(sortedSize(shape)));
  const attempt = { model: graph.name, fitting: kernels.length - missing.length, classes: null };
  if (missing.length > 0) return { ...attempt, misfit: 'its kernels are of other sizes' };
  try {
    read();
    return { ...attempt, misfit: null };
  } catch (error) {
    if (error instanceof MisfitError) return { ...attempt, misfit: error.why };
    if (error instanceof WorkError) return { ...attempt, misfit: error.message.replace(/\.$/, '') };
    throw error;
  }
}

const sortedSize = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);

function ofLayers(known: KnownFile, spec: ModelSpec, graph: Graph): Attempt {
  const { misfit, ...pairing } = fit(known, graph);
  const { fitting = 0, classes = null } = pairing as Partial<Extract<Pairing, { pairs: null }>>;
  const isOfClasses =
    classes !== null && classes > 1 && fit(known, buildGraph(spec, { classes })).misfit === null;
  return { model: spec.name, misfit, fitting, classes: isOfClasses ? classes : null };
}

function fit(known: KnownFile, graph: Graph): Pairing {
  const own = ownTensors(known.file, graph);
  if (!own) return pairLayers(known, graph);
  const misfit = ownMisfit(own, graph);
  if (misfit === null) return { pairs: [], misfit };
  return { ...ownClasses(own, graph), pairs: null, misfit: misfit.text };
}

/** How far a file of our names fits, and its classes where its last layer has others. */
function ownClasses(
  own: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  graph: Graph,
): { fitting: number; classes: number | null } {
  const fitting = graph.nodes.filter(({ name, weights }) =>
    weights.some((weight) => own.get(`${name}/${weight.name}`)?.shape.join() === weight.shape.join()),
  ).length;
  const last = graph.nodes.findLast(({ weights }) => weights.length > 0);
  const units = own.get(`${last?.name}/kernel`)?.shape.at(-1) ?? null;
  return { fitting, classes: units === graph.classes ? null : units };
}

/** So many models are named. */
const MOST_MODELS = 3;

function wayOutOf({ file, family }: KnownFile, attempts: readonly Attempt[]): string {
  const others = attempts.filter(({ classes }) => classes !== null);
  if (others.length > 0) {
    const names = listed(
      others.map(({ model }) => model),
      MOST_MODELS,
    );
    const classes = others[0]!.classes!;
    return `It fits ${names} with ${classes} classes: give a config of its own with \`classes: ${classes}\`.`;
  }
  if (file.format === 'onnx')
    return `It fits what computes the same: a config of its own, to which ${setting('weights')} then compares it layer by layer.`;
  const wanted = attempts.filter(({ model }) => !family || family.models.includes(model));
  const nearest = wanted.toSorted((a, b) => b.fitting - a.fitting)[0]!;
  return `The nearest is ${nearest.model}, but ${nearest.misfit}. A config of its own with these layers takes it.`;
}
