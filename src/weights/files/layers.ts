import type { FileTensor } from './tensor-file.js';

export type LayerKind = 'conv' | 'dense' | 'norm' | 'other';

/** How kernels lie: [out, in, kh, kw] and [out, in], or [kh, kw, in, out] and [in, out]. */
export type KernelLayout = 'torch' | 'keras';

/** What weights of a layer are called here. */
export type Part = 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';

/** The tensors of a file that belong to one layer. */
export interface FileLayer {
  readonly name: string;
  readonly kind: LayerKind;
  readonly layout: KernelLayout;
  readonly parts: ReadonlyMap<Part, FileTensor>;
}

interface LayersOfFile {
  readonly layers: readonly FileLayer[];
  /** Tensors whose names are none of a layer's weights. */
  readonly others: readonly FileTensor[];
}

const TORCH_PARTS = ['weight', 'bias', 'running_mean', 'running_var'] as const;
const KERAS_PARTS: readonly string[] = ['kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'];

/** Counts batches. */
const NO_WEIGHT = /(^|\.)num_batches_tracked$/;

/** What wrappers put before the names of a network's layers. */
const PREFIX = /^((module|_orig_mod|backbone)\.)+/;

/** The tensors of a file, layer by layer, in the file's order. */
export function layersIn(tensors: readonly FileTensor[]): LayersOfFile {
  const groups = new Map<string, Map<string, FileTensor>>();
  const others: FileTensor[] = [];
  const common = commonPrefix(tensors.map(({ name }) => name));
  for (const tensor of tensors) {
    if (NO_WEIGHT.test(tensor.name)) continue;
    const [layer, part] = splitName(tensor.name.slice(common.length));
    if (part === undefined) others.push(tensor);
    else groups.set(layer, (groups.get(layer) ?? new Map()).set(part, tensor));
  }
  return { layers: [...groups].map(([name, parts]) => layerOf(name, parts)), others };
}

/** `model.` where it stands before all names. */
function commonPrefix(names: readonly string[]): string {
  const prefix = /^(?:(?:model|net|network|encoder)\.)+/.exec(names[0] ?? '')?.[0] ?? '';
  return names.every((name) => name.startsWith(prefix)) ? prefix : '';
}

/** `layer1.0.conv1` and `weight`; `conv2d_1` and `kernel`. */
function splitName(full: string): [layer: string, part?: string] {
  const name = full.replace(PREFIX, '').replace(/:0$/, '');
  const [, slashed, keras] = /^(.*)\/([^/]+)$/.exec(name) ?? [];
  if (keras !== undefined && KERAS_PARTS.includes(keras)) return [slashed!, keras];
  const [, dotted, torch] = /^(.*)\.([^.]+)$/.exec(name) ?? [];
  if (torch !== undefined && (TORCH_PARTS as readonly string[]).includes(torch))
    return [dotted!, `.${torch}`];
  return [name];
}

function layerOf(name: string, parts: ReadonlyMap<string, FileTensor>): FileLayer {
  const isTorch = [...parts.keys()].some((part) => part.startsWith('.'));
  const isNorm = parts.has('.running_mean') || parts.has('moving_mean') || parts.has('gamma');
  const named = new Map([...parts].map(([part, tensor]) => [partOf(part, isNorm), tensor]));
  const rank = named.get('kernel')?.shape.length;
  const kind = isNorm ? 'norm' : rank === 4 ? 'conv' : rank === 2 ? 'dense' : 'other';
  return { name, kind, layout: isTorch ? 'torch' : 'keras', parts: named };
}

function partOf(part: string, isNorm: boolean): Part {
  const names: Readonly<Record<string, Part>> = {
    '.weight': isNorm ? 'gamma' : 'kernel',
    '.bias': isNorm ? 'beta' : 'bias',
    '.running_mean': 'moving_mean',
    '.running_var': 'moving_variance',
  };
  return names[part] ?? (part as Part);
}
