import { probeChannelBlock } from './channel-block.js';
import { probeInPlace } from './programs/in-place.js';

/** What the CPU provider can do beyond what ONNX and onnxruntime-node promise. */
export interface Abilities {
  /** Channels in a block of its own layout for convolutions; null where programs do without. */
  readonly channelBlock: number | null;
  /** Whether a run may write to memory of its inputs. */
  readonly inPlace: boolean;
}

export const NO_ABILITIES: Abilities = { channelBlock: null, inPlace: false };

export async function probeAbilities(): Promise<Abilities> {
  return { channelBlock: await probeChannelBlock(), inPlace: await probeInPlace() };
}
