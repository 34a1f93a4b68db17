import { ort } from '../library/onnxruntime.js';
import { createSession, type SessionSettings } from '../library/session.js';
import { GraphWriter } from '../write/writer.js';

const INPUTS = 64;
const LARGEST = { byte: 255, signedByte: 127 };

let known: Promise<boolean> | undefined;

/**
 * Whether ONNX Runtime adds up products of bytes with signed bytes in 16 bits, which overflow: on x64 processors without VNNI
 * it does, unless it is told not to (`SessionSettings.exactBytes`). Found out by trying, once.
 */
export function bytesOverflow(): Promise<boolean> {
  known ??= productOfLargest().then((product) => product !== INPUTS * LARGEST.byte * LARGEST.signedByte);
  return known;
}

/** The largest bytes times the largest signed bytes, by a dense layer in int8. @param settings beyond the usual ones */
export async function productOfLargest(settings: Pick<SessionSettings, 'exactBytes'> = {}): Promise<number> {
  const g = new GraphWriter();
  const units = 16;
  const x = g.throughBytes(g.input('x', [1, INPUTS]), { scale: 1, zeroPoint: 0 });
  const data = new Int8Array(INPUTS * units).fill(LARGEST.signedByte);
  const scales = new Float32Array(units).fill(1);
  const kernel = g.fromWhole('kernel', { data, scales }, 'int8', [INPUTS, units], 1);
  const bias = g.fromWhole('bias', { data: new Int32Array(units), scales }, 'int32', [units], 0);
  g.output(g.gemm(x, kernel, { c: bias }), 'y');
  const session = await createSession(g.encode(), { provider: 'cpu', threads: 1, ...settings });
  try {
    const values = new Float32Array(INPUTS).fill(LARGEST.byte);
    const { y } = await session.run({ x: new ort.Tensor('float32', values, [1, INPUTS]) });
    return (y!.data as Float32Array)[0]!;
  } finally {
    await session.release();
  }
}
