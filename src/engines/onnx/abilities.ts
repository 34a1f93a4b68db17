import { probeChannelBlock } from './channel-block.js';
import { ort } from './library/onnxruntime.js';
import { createSession } from './library/session.js';
import type { Abilities } from './programs/abilities.js';
import { runInPlace } from './programs/carriers/in-place.js';
import { RESULTS } from './programs/names.js';
import { GraphWriter } from './write/writer.js';

export const NO_ABILITIES: Abilities = { channelBlock: null, inPlace: false };

/** Finds out by trying. */
export async function probeAbilities(): Promise<Abilities> {
  return { channelBlock: await probeChannelBlock(), inPlace: await probeInPlace() };
}

/** Tries on a graph of one node whether runs write to memory of their inputs. */
async function probeInPlace(): Promise<boolean> {
  try {
    const g = new GraphWriter();
    g.emptySequence(RESULTS.done);
    g.output(g.add(g.input('x', [4]), g.constant(1)), 'y');
    const session = await createSession(g.encode(), { provider: 'cpu', threads: 1 });
    const values = Float32Array.of(0, 1, 2, 3);
    const x = new ort.Tensor('float32', values, [4]);
    for (let run = 0; run < 2; run++) await runInPlace(session, { x }, { y: x });
    await session.release();
    return values.every((value, i) => value === i + 2);
  } catch {
    return false;
  }
}
