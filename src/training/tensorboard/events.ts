import protobuf from 'protobufjs/light.js';

const field = (type: string, id: number, rule?: 'repeated') => (rule ? { type, id, rule } : { type, id });

/** The part of tensorflow/core/util/event.proto and framework/summary.proto that scalars and images need. */
const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: field('double', 1),
        step: field('int64', 2),
        fileVersion: field('string', 3),
        summary: field('Summary', 5),
        sessionLog: field('SessionLog', 7),
      },
    },
    SessionLog: { fields: { status: field('int32', 1) } },
    Summary: { fields: { value: field('Value', 1, 'repeated') } },
    // One of several kinds of values: only so a zero is written, too.
    Value: {
      oneofs: { value: { oneof: ['simpleValue', 'image'] } },
      fields: { tag: field('string', 1), simpleValue: field('float', 2), image: field('Image', 4) },
    },
    Image: {
      fields: {
        height: field('int32', 1),
        width: field('int32', 2),
        colorspace: field('int32', 3),
        encodedImageString: field('bytes', 4),
      },
    },
  },
});
const Event = root.lookupType('Event');

/** SessionLog.SessionStatus: what was written before for this step and later ones counts no more. */
const START = 1;
/** Image.colorspace */
const RGB = 3;

/** A picture as a PNG file. */
interface PngImage {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** The first event of a file. */
export function versionEvent(): Uint8Array {
  return encoded(0, { fileVersion: 'brain.Event:2' });
}

export function startEvent(step: number): Uint8Array {
  return encoded(step, { sessionLog: { status: START } });
}

export function scalarsEvent(step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const value = Object.entries(scalars).map(([tag, simpleValue]) => ({ tag, simpleValue }));
  return encoded(step, { summary: { value } });
}

export function imageEvent(step: number, tag: string, { width, height, png }: PngImage): Uint8Array {
  const image = { width, height, colorspace: RGB, encodedImageString: png };
  return encoded(step, { summary: { value: [{ tag, image }] } });
}

function encoded(step: number, what: object): Uint8Array {
  return Event.encode(Event.create({ wallTime: Date.now() / 1000, step, ...what })).finish();
}
