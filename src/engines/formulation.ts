import { UsageError } from '../base/errors.js';
import { setting } from '../base/text/settings.js';

/** How products of convolutions are computed: each output by its own sum of products, or tiles of outputs by Winograd's filtering. */
const FORMULATIONS = ['direct', 'winograd-2x2', 'winograd-4x4', 'winograd-5x5'] as const;

/** One of them. */
export type Formulation = (typeof FORMULATIONS)[number];

/** What can be asked for: of each convolution the one that is estimated to be fastest, or one of all that it suits. */
export const FORMULATION_WISHES = ['auto', ...FORMULATIONS] as const;

export type FormulationWish = (typeof FORMULATION_WISHES)[number];

/** Winograd's: F(2x2, 3x3), F(4x4, 3x3) and F(5x5, 3x3). */
export type Filtering = Exclude<Formulation, 'direct'>;

/** What the environment variable CNNZOO_FORMULATION asks for. @throws UsageError where it is none of the wishes */
export function wantedFormulation(): FormulationWish {
  const wish = process.env.CNNZOO_FORMULATION ?? '';
  const found = FORMULATION_WISHES.find((name) => name === (wish || 'auto'));
  if (found) return found;
  throw new UsageError(`CNNZOO_FORMULATION is "${wish}": it can be ${FORMULATION_WISHES.join(', ')}.`);
}

/**
 * Refuses what CNNZOO_FORMULATION asks for where nothing would come of it.
 * @param engine its name, or `auto`
 * @param device the same
 * @throws UsageError; also where it is none of the wishes
 */
export function requireFormulationUse(engine: string, device: string): void {
  const wish = wantedFormulation();
  const isHeard = ['auto', 'onnx'].includes(engine) && ['auto', 'cpu'].includes(device);
  if (wish === 'auto' || isHeard) return;
  throw new UsageError(
    `CNNZOO_FORMULATION=${wish} is for convolutions of the onnx engine on the CPU and changes nothing here (engine ${engine}, device ${device}): unset it, or take ${setting('engine', 'onnx')} ${setting('device', 'cpu')}.`,
  );
}

/** The formulation of all convolutions that it suits; undefined for the fastest of each. */
export const formulationOfAll = (wish: FormulationWish): Formulation | undefined =>
  wish === 'auto' ? undefined : wish;
