import { join } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { statusOf } from '../../base/files/folders.js';
import { requireFolderAround } from '../../base/files/out-file.js';
import { setting } from '../../base/text/settings.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { Calibration } from '../../training/evaluation/calibration.js';
import { type Network, openNetwork } from '../../training/evaluation/network.js';
import type { Dtype, ExportOptions, Target, Written } from './target.js';
import { LOAD_TARGET, type TargetName } from './targets.js';

/** What `export` was asked for, with its values read. */
export interface ExportRequest extends Pick<ExportOptions, 'opset'> {
  /** What weights are kept as; float32 where absent. int8 is of ONNX alone, and computed with too. */
  readonly dtype?: Dtype;
  readonly item: string;
  readonly to: TargetName;
  readonly out: string;
  readonly weights?: string;
}

export interface Exported extends Written {
  readonly network: Network;
}

/**
 * Writes a network in the form that was asked for.
 * @throws UsageError for what is no model or run, and for a PATH that will not do; WorkError where it cannot be written.
 */
export async function exportNetwork(
  { item, to, out, weights, ...options }: ExportRequest,
  notify: (notice: DataNotice) => void,
): Promise<Exported> {
  const target = await LOAD_TARGET[to]();
  checkOut(out, target, to);
  const { opset, dtype } = options;
  requireTaken(target, to, { opset, dtype });
  const network = await openNetwork(item, weights, notify);
  if (network.run === null && weights === undefined) {
    const message = `${item} is a model, not a run: what is exported is ${network.origin}.`;
    notify({ kind: 'notice', message });
  }
  const kept = dtype === 'int8' ? { calibration: await calibrationOf(network, item, notify) } : { dtype };
  return { ...(await target.write(network, out, { opset, ...kept })), network };
}

/** @throws UsageError for an option that a form does not know */
function requireTaken(
  { takes }: Target,
  to: TargetName,
  { opset, dtype }: Pick<ExportRequest, 'opset' | 'dtype'>,
): void {
  if (opset !== undefined && !takes.opset) throw notFor(setting('opset', opset), to);
  if (dtype === undefined || takes.dtype?.includes(dtype)) return;
  if (!takes.dtype) throw notFor(setting('dtype', dtype), to);
  throw new UsageError(
    `${setting('dtype', dtype)} does not go with ${setting('to', to)}: take ${takes.dtype.join(' or ')}, or ${setting('to', 'onnx')}.`,
  );
}

/** @throws UsageError where there is nothing in a network that int8 suits, or no image to calibrate it with */
async function calibrationOf(
  network: Network,
  item: string,
  notify: (notice: DataNotice) => void,
): Promise<Calibration> {
  const { planInt8 } = await import('../../engines/onnx/int8/plan.js');
  const { ownCalibration } = await import('../../training/evaluation/evaluate-run.js');
  planInt8(network.graph);
  return ownCalibration(network, item, notify);
}

function notFor(option: string, to: TargetName): UsageError {
  return new UsageError(`${option} does not go with ${setting('to', to)}: leave it out.`);
}

/** Before any work is done. */
function checkOut(out: string, target: Target, to: TargetName): void {
  requireFolderAround('out', out);
  const there = statusOf(out);
  if (target.isFolder && there?.isFile()) {
    throw new UsageError(
      `${setting('out', out)}: that is a file, but ${setting('to', to)} writes a folder, such as ${target.example('lenet5')}.`,
    );
  }
  if (!target.isFolder && (there?.isDirectory() || out.endsWith('/'))) {
    throw new UsageError(
      `${setting('out', out)}: that is a folder. Name a file in it, such as ${join(out, target.example('lenet5'))}.`,
    );
  }
}
