import protobuf from 'protobufjs/light.js';
import type { Bytes } from '../../../base/files/bytes.js';
import { fieldHead } from './wire.js';

/** Where a model names none. */
const USUAL_OPSET = 17;

/** The version of the format itself that came with an opset: 8 is that of ONNX 1.12, whose newest opset is 17. */
function irVersionOf(opset: number): number {
  if (opset < 15) return 7;
  if (opset < 19) return 8;
  return opset < 21 ? 9 : 10;
}

/** The part of the format (onnx/onnx.proto) that programs are written in. */
const field = (type: string, id: number, rule?: 'repeated') => (rule ? { type, id, rule } : { type, id });

/** In ONNX a field with the value 0 is not an absent one. In this edition of protobuf what is set is written, whatever it is. */
const withPresence = (messages: Record<string, protobuf.IType>): Record<string, protobuf.IType> =>
  Object.fromEntries(Object.entries(messages).map(([name, type]) => [name, { ...type, edition: '2023' }]));

const root = protobuf.Root.fromJSON({
  nested: withPresence({
    ModelProto: {
      fields: {
        irVersion: field('int64', 1),
        producerName: field('string', 2),
        producerVersion: field('string', 3),
        docString: field('string', 6),
        graph: field('GraphProto', 7),
        opsetImport: field('OperatorSetIdProto', 8, 'repeated'),
        metadataProps: field('StringStringEntryProto', 14, 'repeated'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    StringStringEntryProto: { fields: { key: field('string', 1), value: field('string', 2) } },
    GraphProto: {
      fields: {
        node: field('NodeProto', 1, 'repeated'),
        name: field('string', 2),
        initializer: field('TensorProto', 5, 'repeated'),
        docString: field('string', 10),
        input: field('ValueInfoProto', 11, 'repeated'),
        output: field('ValueInfoProto', 12, 'repeated'),
      },
    },
    NodeProto: {
      fields: {
        input: field('string', 1, 'repeated'),
        output: field('string', 2, 'repeated'),
        name: field('string', 3),
        opType: field('string', 4),
        attribute: field('AttributeProto', 5, 'repeated'),
        domain: field('string', 7),
      },
    },
    AttributeProto: {
      fields: {
        name: field('string', 1),
        f: field('float', 2),
        i: field('int64', 3),
        s: field('bytes', 4),
        t: field('TensorProto', 5),
        g: field('GraphProto', 6),
        floats: field('float', 7, 'repeated'),
        ints: field('int64', 8, 'repeated'),
        type: field('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: field('int64', 1, 'repeated'),
        dataType: field('int32', 2),
        floatData: field('float', 4, 'repeated'),
        int32Data: field('int32', 5, 'repeated'),
        int64Data: field('int64', 7, 'repeated'),
        name: field('string', 8),
        rawData: field('bytes', 9),
        doubleData: field('double', 10, 'repeated'),
        externalData: field('StringStringEntryProto', 13, 'repeated'),
        dataLocation: field('int32', 14),
      },
    },
    ValueInfoProto: { fields: { name: field('string', 1), type: field('TypeProto', 2) } },
    TypeProto: {
      fields: { tensorType: field('TensorTypeProto', 1), sequenceType: field('SequenceTypeProto', 4) },
    },
    SequenceTypeProto: { fields: { elemType: field('TypeProto', 1) } },
    TensorTypeProto: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: field('DimensionProto', 1, 'repeated') } },
    DimensionProto: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
  }),
});

const ModelProto = root.lookupType('ModelProto');

/** TensorProto.DataType */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
export type DataType = keyof typeof DATA_TYPES;

/** AttributeProto.AttributeType */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, graph: 5, floats: 6, ints: 7 } as const;

/** What a model says of itself. */
export interface ModelHeader {
  /** "cnnzoo" where absent. */
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly docString?: string;
  /** For whoever uses it: labels, preprocessing, ... */
  readonly metadata?: Readonly<Record<string, string>>;
}

interface ModelMessage extends ModelHeader {
  readonly graph: object;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
}

/** Values that are made when they are written. */
export interface LateValues {
  readonly byteLength: number;
  make(): Uint8Array;
}

/** An initializer of a graph that is written; `values` instead of `rawData` are made late. */
interface WrittenTensor {
  readonly rawData?: Uint8Array;
  readonly values?: LateValues;
}

/** A model as bytes, of which only a part needs to be in memory. */
interface ModelParts {
  readonly byteLength: number;
  parts(): Generator<Uint8Array>;
}

/** Fields by their numbers in onnx.proto. */
export const FIELDS = { graph: 7, initializer: 5, floatData: 4, rawData: 9 } as const;

/** The bytes of an ONNX model, part by part: values of initializers as they lie in memory, or as they are made. */
export function modelParts({ graph, opsets, metadata = {}, ...header }: ModelMessage): ModelParts {
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  const {
    initializer = [],
    input,
    output,
    ...rest
  } = graph as {
    readonly initializer?: readonly WrittenTensor[];
    readonly input?: unknown;
    readonly output?: unknown;
  };
  const irVersion = irVersionOf(opsets[0]?.version ?? USUAL_OPSET);
  const tensors = initializer.map(tensorParts);
  const body = sized([
    encoded('GraphProto', rest),
    ...tensors.flatMap((tensor) => [fieldHead(FIELDS.initializer, tensor.byteLength), tensor]),
    encoded('GraphProto', { input, output }),
  ]);
  return sized([
    encoded('ModelProto', { irVersion, producerName: 'cnnzoo', ...header }),
    fieldHead(FIELDS.graph, body.byteLength),
    body,
    encoded('ModelProto', { opsetImport: opsets, metadataProps }),
  ]);
}

/** The bytes of an ONNX model. */
export function encodeModel(message: ModelMessage): Uint8Array {
  const { byteLength, parts } = modelParts(message);
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts()) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tensorParts({ rawData, values, ...tensor }: WrittenTensor): ModelParts {
  const data = values ?? rawData;
  const head = encoded('TensorProto', tensor);
  if (data === undefined) return sized([head]);
  return sized([head, fieldHead(FIELDS.rawData, data.byteLength), data]);
}

function sized(pieces: readonly (Uint8Array | LateValues | ModelParts)[]): ModelParts {
  return {
    byteLength: pieces.reduce((sum, { byteLength }) => sum + byteLength, 0),
    *parts() {
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) yield piece;
        else if ('make' in piece) yield piece.make();
        else yield* piece.parts();
      }
    },
  };
}

function encoded(type: string, fields: object): Uint8Array {
  const message = root.lookupType(type);
  return message.encode(message.create(fields as Record<string, unknown>)).finish();
}

/** A tensor as a file has it, its values in one of several fields. */
export interface TensorMessage {
  readonly name?: string;
  readonly dims?: readonly (number | Long)[];
  readonly dataType?: number;
  readonly rawData?: Uint8Array;
  /** Raw data that is still in the file. */
  readonly values?: Bytes;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly (number | Long)[];
  readonly doubleData?: readonly number[];
  readonly externalData?: readonly { readonly key?: string; readonly value?: string }[];
  readonly dataLocation?: number;
}

export interface NodeFields {
  readonly name?: string;
  readonly opType?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly attribute?: readonly AttributeFields[];
  readonly domain?: string;
}

export interface AttributeFields {
  readonly name?: string;
  readonly i?: number | Long;
  readonly f?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly (number | Long)[];
  readonly floats?: readonly number[];
  readonly t?: TensorMessage;
  readonly g?: { readonly node: readonly NodeFields[] };
}

/** An input or output of a graph; an extent that is no number has none. */
export interface ValueFields {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly shape?: { readonly dim?: readonly { readonly dimValue?: number | Long }[] };
    };
  };
}

/** The part of a model that is read from files. Fields that a file leaves out are empty. */
export interface ReadModel {
  readonly producerName: string;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly node: readonly NodeFields[];
    readonly initializer: readonly TensorMessage[];
    readonly input: readonly ValueFields[];
    readonly output: readonly ValueFields[];
  } | null;
  readonly opsetImport?: readonly { readonly domain?: string; readonly version?: number | Long }[];
}

/** 64-bit integers as protobufjs has them where a library for them is installed. */
export interface Long {
  toNumber(): number;
}

/** Takes an ONNX model apart; large values stay where they are in `bytes`. @throws an error where it is none */
export function decodeModel(bytes: Uint8Array): ReadModel {
  return ModelProto.decode(bytes) as unknown as ReadModel;
}
