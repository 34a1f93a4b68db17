import { halfToNumber } from '../../../base/half.js';
import { sizeOf, type Tensor } from '../../../base/tensor.js';
import { BLOCKS, type PagePayload, type PageWeights } from '../../../tasks/export/page-payload.js';

/** The page's data, as the export wrote it. */
export function readPayload(): PagePayload {
  return JSON.parse(document.getElementById(BLOCKS.payload)!.textContent!) as PagePayload;
}

/** The weights, block by block; each block's text is let go of once it is read. */
export function readWeights({ dtype, tensors }: PageWeights): Map<string, Tensor> {
  const total = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const values = new Float32Array(total);
  let at = 0;
  for (let block = 0; at < total; block++) {
    const element = document.getElementById(`${BLOCKS.weights}${block}`);
    if (element === null) throw new Error('The page is not whole: a part of its weights is missing.');
    const part = valuesOf(bytesOf(element.textContent!), dtype);
    values.set(part, at);
    at += part.length;
    element.remove();
  }
  const found = new Map<string, Tensor>();
  let from = 0;
  for (const { name, shape } of tensors) {
    const size = sizeOf(shape);
    found.set(name, { shape, data: values.subarray(from, from + size) });
    from += size;
  }
  return found;
}

/** What base64 stands for. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function valuesOf(bytes: Uint8Array<ArrayBuffer>, dtype: PageWeights['dtype']): Float32Array {
  if (dtype === 'float32') return new Float32Array(bytes.buffer);
  const table = Float32Array.from({ length: 0x10000 }, (_, bits) => halfToNumber(bits));
  return Float32Array.from(new Uint16Array(bytes.buffer), (bits) => table[bits]!);
}
