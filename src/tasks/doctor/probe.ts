/** Tries one provider of ONNX Runtime and prints, as JSON, why it does not work, or null. Run by `probeApart`. */
import type { ProviderName } from '../../engines/onnx/library/session.js';

const { probe } = await import('../../engines/onnx/devices.js');
process.stdout.write(JSON.stringify(await probe(process.argv[2] as ProviderName)));
