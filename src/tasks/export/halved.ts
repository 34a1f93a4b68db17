import { WorkError } from '../../base/errors.js';
import { LARGEST_HALF, throughHalves } from '../../base/half.js';
import { setting } from '../../base/text/settings.js';
import type { Network } from '../../training/evaluation/network.js';

/**
 * A network whose weights are as float16 has them.
 * @throws WorkError naming the first weight that float16 cannot hold
 */
export function halved(network: Network): Network {
  const weights = new Map(
    [...network.weights].map(([name, { shape, data }]) => {
      const large = data.find((value) => Math.abs(value) > LARGEST_HALF);
      if (large === undefined) return [name, { shape, data: throughHalves(data) }] as const;
      throw new WorkError(
        `"${name}" holds ${large}, where float16 ends at ${LARGEST_HALF}: leave ${setting('dtype', 'float16')} out.`,
      );
    }),
  );
  return { ...network, weights };
}
