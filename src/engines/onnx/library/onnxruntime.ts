/**
 * ONNX Runtime, loaded here alone and not before it is told to send nothing.
 *
 * Since 1.29 its official builds keep a device id and a queue of events in the user's cache folder and send them to a
 * telemetry host, unless `ORT_DISABLE_TELEMETRY=1` stands in the process's environment when its first session begins.
 */
import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { switchOffTelemetry } from '../../../base/machine/telemetry.js';
import { findOnnxRuntime } from './onnxruntime-package.js';

if (!switchOffTelemetry()) {
  throw new WorkError(
    'ONNX Runtime would send telemetry, which cannot be switched off from a thread: set ORT_DISABLE_TELEMETRY=1 before the program starts, or CNNZOO_ORT_TELEMETRY=1 to allow it.',
  );
}

const { folder, version } = findOnnxRuntime();

export const ORT_VERSION = version;

/** Required and not imported: bundlers and the language itself would load an imported package before the code above runs. */
export const ort: typeof OnnxRuntime = createRequire(import.meta.url)(folder);
