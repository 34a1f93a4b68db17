import type { Value } from '../../../models/lowering/onnx.js';
import type { Formulation } from '../../formulation.js';
import type { BlockedForm, WeightLayout } from '../operators/contract/operator.js';
import type { Blocks, MapLayout } from '../write/map-layout.js';
import { type Operation, operatorOf, type Trace, valuesThatNeedGradients } from './trace.js';

/** How one operation is formulated, and the layouts of its inputs and its output. */
interface Placement {
  readonly blocked: BlockedForm<Operation['kind']> | null;
  readonly inputs: readonly MapLayout[];
  readonly output: MapLayout;
}

/** A trace with the layouts that its maps are computed in: the plan of a training program. */
export interface PlacedTrace extends Trace {
  readonly placements: ReadonlyMap<Operation, Placement>;
  /** Where no operation is placed in blocks: one block of the whole batch. */
  readonly blocks: Blocks;
  /** See `placeOperations`. */
  readonly formulation: Formulation | undefined;
  /** Images a step, with those that fill up the last block. */
  readonly batch: number;
}

/**
 * Chooses a formulation for every operation: in blocks where it asks for them, or where it follows an input that already
 * is in blocks. What stands between two layouts is converted.
 * @param channels the size of the processor's channel blocks, or null where ONNX Runtime has none
 * @param formulation of all convolutions that it suits, instead of the fastest one
 */
export function placeOperations(
  trace: Trace,
  batch: number,
  channels: number | null,
  formulation?: Formulation,
): PlacedTrace {
  const blocks = channels === null ? null : blocksFor(batch, channels);
  const layouts = new Map<number, MapLayout>();
  const placements = new Map<Operation, Placement>();
  for (const operation of trace.operations) {
    const placement = place(trace, operation, layouts, blocks);
    placements.set(operation, placement);
    layouts.set(operation.output.id, placement.output);
  }
  const used = blocks && [...placements.values()].some(({ blocked }) => blocked);
  if (!used) return { ...trace, placements, formulation, batch, blocks: { images: batch, channels: 1 } };
  const groups = Math.ceil(batch / blocks.images);
  return { ...trace, placements, formulation, blocks, batch: groups * blocks.images };
}

/** As few groups as hold the batch, at most as many images in each as a block has channels. */
function blocksFor(batch: number, channels: number): Blocks {
  return { channels, images: Math.ceil(batch / Math.ceil(batch / channels)) };
}

function place(
  trace: Trace,
  { kind, inputs, attributes }: Operation,
  layouts: ReadonlyMap<number, MapLayout>,
  blocks: Blocks | null,
): Placement {
  const { blocked } = operatorOf(kind);
  const isImage = inputs.map(({ id }) => id === trace.input.id);
  const maps = inputs.every(({ shape }) => shape.length === 3);
  const follows = !blocked?.follows || inputs.some(({ id }) => layouts.get(id) === 'blocks');
  if (!blocks || !blocked || !maps || !follows || !blocked.suits(inputs, attributes, blocks, isImage)) {
    return { blocked: null, inputs: inputs.map(() => 'innermost'), output: 'innermost' };
  }
  const wanted = (value: Value) => blocked.inputLayout?.(value, blocks) ?? 'blocks';
  return { blocked, inputs: inputs.map(wanted), output: 'blocks' };
}

/** In words, how an operation is formulated, and in which layout. */
export function formulationOf(trace: PlacedTrace, operation: Operation): string {
  const layout = trace.placements.get(operation)!.blocked ? 'blocks' : 'batch innermost';
  const remark = remarkOn(trace, operation);
  return remark === '' ? layout : `${layout}, ${remark}`;
}

/** In words, how an operation is formulated where there are several ways in its layout, and what it does besides. */
export function remarkOn(trace: PlacedTrace, operation: Operation): string {
  const { kind, attributes, inputs } = operation;
  const { blocked } = trace.placements.get(operation)!;
  if (blocked) return blocked.remark?.(inputs, attributes, trace) ?? '';
  const needing = valuesThatNeedGradients(trace);
  const needed = inputs.map(({ id }) => needing.has(id));
  return operatorOf(kind).remark?.(inputs, attributes, trace.batch, needed) ?? '';
}

/** How each weight is laid out inside a program, by its full name. */
export function placedWeights({ operations, placements, blocks }: PlacedTrace): Map<string, WeightLayout> {
  const layouts = operations.flatMap((operation) => {
    const { blocked } = placements.get(operation)!;
    const { inputs, attributes } = operation;
    if (blocked) return blocked.weights?.(inputs, attributes, blocks) ?? [];
    return operatorOf(operation.kind).weights?.(inputs, attributes) ?? [];
  });
  return new Map(layouts.map((layout) => [layout.name, layout]));
}
