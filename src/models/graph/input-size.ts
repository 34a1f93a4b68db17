import { UsageError } from '../../base/errors.js';

/** [H, W, C] of `28x28x1`, as `--input` takes it. @throws UsageError */
export function readInputSize(text: string): [number, number, number] {
  const extents = /^([1-9]\d{0,5})x([1-9]\d{0,5})x([1-9]\d{0,5})$/i.exec(text)?.slice(1).map(Number);
  if (extents === undefined) {
    throw new UsageError(
      `--input must be height x width x channels, such as 32x32x3, got ${JSON.stringify(text)}.`,
    );
  }
  return extents as [number, number, number];
}
