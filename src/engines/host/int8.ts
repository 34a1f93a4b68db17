import { UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import type { EngineChoice } from './engines.js';

/** What computes in int8: the onnx engine on the CPU, which `auto` stands for then. @throws UsageError for another engine or device */
export function int8Computing({
  engine,
  device,
}: {
  readonly engine: EngineChoice;
  readonly device: string;
}): {
  readonly engine: 'onnx';
  readonly device: 'cpu';
} {
  const other =
    engine === 'tensorflow'
      ? setting('engine', engine)
      : device !== 'auto' && device !== 'cpu'
        ? setting('device', device)
        : null;
  if (other === null) return { engine: 'onnx', device: 'cpu' };
  throw new UsageError(
    `${setting('dtype', 'int8')} is computed by the onnx engine on the CPU alone: leave ${other} out.`,
  );
}
