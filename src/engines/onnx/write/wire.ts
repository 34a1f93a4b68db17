/** How a field's value is written in protobuf. */
export const WIRE = { varint: 0, eightBytes: 1, withLength: 2, fourBytes: 5 } as const;

/** A number as protobuf has it, 7 bits a byte, the lowest first. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

/** What stands before a value of so many bytes: the field's number, and how long it is. */
export function fieldHead(number: number, length: number): Uint8Array {
  return Buffer.concat([varint(number * 8 + WIRE.withLength), varint(length)]);
}
