import { WorkError } from '../../../../base/errors.js';
import { type Bytes, joined, windowOf } from '../../../../base/files/bytes.js';
import { decodeModel, FIELDS, type ReadModel, type TensorMessage } from '../../write/proto.js';
import { fieldHead, WIRE } from '../../write/wire.js';

/*
 * A model of ONNX is one protobuf message, of which nearly all are values of weights. Here what is around them is read
 * alone: the message is copied without the large fields of its initializers, which stay where they are.
 */

/** Fields of more bytes than this stay where they are. */
const LARGE = 1 << 12;

/** TensorProto.DataType */
const FLOAT32 = 1;

/**
 * An ONNX model whose large values are still in the file; null where the bytes are none.
 * @throws WorkError where the file cannot be read
 */
export function readModel(path: string, bytes: Bytes): ReadModel | null {
  try {
    const skeleton = new Skeleton(path, bytes);
    const model = decodeModel(skeleton.message);
    if (!model.graph?.node.length) return null;
    const initializer = model.graph.initializer.map((tensor, i) => withLeft(tensor, skeleton.left[i]!));
    return {
      producerName: model.producerName,
      metadataProps: model.metadataProps,
      opsetImport: model.opsetImport,
      graph: {
        node: model.graph.node,
        input: model.graph.input,
        output: model.graph.output,
        initializer,
      },
    };
  } catch (error) {
    if (error instanceof WorkError) throw error;
    return null;
  }
}

/** The large fields of an initializer. */
interface Left {
  raw: Bytes | null;
  readonly floats: Bytes[];
}

/** Float32 in a field of their own lie there as raw ones do. */
function withLeft(tensor: TensorMessage, { raw, floats }: Left): TensorMessage {
  if (raw) return { ...tensor, values: raw };
  if (floats.length === 0 || tensor.dataType !== FLOAT32) return tensor;
  return { ...tensor, values: joined(floats) };
}

/** A field of a message: its number, how it is written, where it begins, where its value does, and where it ends. */
interface Field {
  readonly number: number;
  readonly form: number;
  readonly begin: number;
  readonly value: number;
  readonly end: number;
}

/** So many bytes are looked at a time. */
const WINDOW = 1 << 16;

/** A model's message without the large fields of its initializers. */
class Skeleton {
  readonly message: Buffer;
  /** For each initializer of the graph what was left out. */
  left: Left[] = [];
  readonly #path: string;
  readonly #bytes: Bytes;
  readonly #window = Buffer.alloc(WINDOW);
  #windowBegin = 0;
  #windowSize = 0;

  constructor(path: string, bytes: Bytes) {
    this.#path = path;
    this.#bytes = bytes;
    this.message = this.#copied(0, bytes.size, (field) => {
      if (field.number !== FIELDS.graph || field.form !== WIRE.withLength) return this.#asItStands(field);
      // Of several graphs the last counts.
      this.left = [];
      return nested(field, this.#graph(field));
    });
  }

  #graph({ value, end }: Field): Buffer {
    return this.#copied(value, end, (field) => {
      if (field.number !== FIELDS.initializer || field.form !== WIRE.withLength)
        return this.#asItStands(field);
      const left: Left = { raw: null, floats: [] };
      this.left.push(left);
      return nested(field, this.#tensor(field, left));
    });
  }

  #tensor({ value, end }: Field, left: Left): Buffer {
    return this.#copied(value, end, (field) => {
      const isLarge = field.form === WIRE.withLength && field.end - field.value > LARGE;
      if (!isLarge || (field.number !== FIELDS.floatData && field.number !== FIELDS.rawData))
        return this.#asItStands(field);
      const values = windowOf(this.#path, this.#bytes, field.value, field.end - field.value);
      if (field.number === FIELDS.rawData) left.raw = values;
      else left.floats.push(values);
      return NOTHING;
    });
  }

  /** The fields between two places, each as `copy` gives it. */
  #copied(begin: number, end: number, copy: (field: Field) => Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = begin; at < end; ) {
      const field = this.#field(at, end);
      pieces.push(copy(field));
      at = field.end;
    }
    return Buffer.concat(pieces);
  }

  #asItStands({ begin, end }: Field): Buffer {
    const copy = Buffer.allocUnsafe(end - begin);
    const isSeen = begin >= this.#windowBegin && end <= this.#windowBegin + this.#windowSize;
    if (isSeen) this.#window.copy(copy, 0, begin - this.#windowBegin, end - this.#windowBegin);
    else this.#bytes.read(copy, begin);
    return copy;
  }

  #field(begin: number, end: number): Field {
    const [tag, value] = this.#varint(begin, end);
    const [number, form] = [Math.floor(tag / 8), tag % 8];
    const found = { number, form, begin };
    if (form === WIRE.varint) return { ...found, value, end: this.#varint(value, end)[1] };
    if (form === WIRE.eightBytes || form === WIRE.fourBytes)
      return { ...found, value, end: inside(value + (form === WIRE.fourBytes ? 4 : 8), end) };
    if (form !== WIRE.withLength) throw new Error('no message');
    const [length, first] = this.#varint(value, end);
    return { ...found, value: first, end: inside(first + length, end) };
  }

  /** A number of 7 bits a byte, and the place behind it. */
  #varint(begin: number, end: number): [number: number, end: number] {
    let number = 0;
    for (let at = begin, factor = 1; at < end && at < begin + LONGEST_VARINT; at++, factor *= 128) {
      const byte = this.#byte(at);
      number += (byte & 127) * factor;
      if (byte < 128) return [number, at + 1];
    }
    throw new Error('no message');
  }

  #byte(at: number): number {
    if (at < this.#windowBegin || at >= this.#windowBegin + this.#windowSize) {
      this.#windowBegin = at;
      this.#windowSize = Math.min(WINDOW, this.#bytes.size - at);
      this.#bytes.read(this.#window.subarray(0, this.#windowSize), at);
    }
    return this.#window[at - this.#windowBegin]!;
  }
}

const LONGEST_VARINT = 10;

const NOTHING = Buffer.alloc(0);

function inside(place: number, end: number): number {
  if (place > end) throw new Error('no message');
  return place;
}

/** A message in a field of another. */
function nested({ number }: Field, message: Buffer): Buffer {
  return Buffer.concat([fieldHead(number, message.length), message]);
}
