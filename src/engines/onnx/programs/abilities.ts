import type { Formulation } from '../../formulation.js';

/** What the CPU provider can do beyond what ONNX and onnxruntime-node promise, and what programs are to make of it. */
export interface Abilities {
  /** Channels in a block of its own layout for convolutions; null where programs do without. */
  readonly channelBlock: number | null;
  /** Whether a run may write to memory of its inputs. */
  readonly inPlace: boolean;
  /** How convolutions are to be computed where it can be done; where absent each as it is fastest. */
  readonly formulation?: Formulation | undefined;
}
