import { sizeOf } from '../../../../base/tensor.js';
import type { Ref } from '../../write/ref.js';
import { NO_WEIGHTS, type Operator } from '../contract/operator.js';
import { gatherSum } from '../contract/windows.js';

/**
 * The largest of every `size` neighbouring channels, [C, H, W] to [floor((C - size) / stride) + 1, H, W]; the gradient goes to
 * the first of the largest.
 */
export const depthMaxPool: Operator<'depthMaxPool'> = {
  shape: ([x], { size, stride }) => ({
    shape: [windowsOf(x!.shape[0]!, size, stride), ...x!.shape.slice(1)],
  }),

  plain({ g }, { size, stride }, [x], [value]) {
    const taps = tapsOf(value!.shape[0]!, size, stride).map((channels) => g.gather(x!, channels, 1));
    return g.op('Max', taps, taps[0]!.dims);
  },

  train({ g, batch }, { size, stride }, [input], [value]) {
    const [channels, ...extents] = value!.shape;
    const places = sizeOf(extents) * batch;
    const x = g.reshape(input!, [channels!, places]);
    const taps = tapsOf(channels!, size, stride);
    const values = taps.map((rows) => g.gather(x, rows, 0));
    const largest = g.op('Max', values, values[0]!.dims);
    return {
      output: largest,
      backward(gradient) {
        let rest = g.reshape(gradient, largest.dims);
        const shares = values.map((tap, i): Ref => {
          if (i === values.length - 1) return rest;
          const share = g.mul(rest, g.notNegative(g.sub(tap, largest)));
          rest = g.sub(rest, share);
          return share;
        });
        const lists: number[][] = Array.from({ length: channels! }, () => []);
        taps.flat().forEach((channel, entry) => {
          lists[channel]!.push(entry);
        });
        const all = g.reshape(g.concat(shares, 0), [1, taps.flat().length, places]);
        return { inputs: [gatherSum(g, [all], lists)], weights: NO_WEIGHTS };
      },
    };
  },
};

const windowsOf = (channels: number, size: number, stride: number): number =>
  Math.floor((channels - size) / stride) + 1;

/** For each place in the window the channels under it, one a window. */
function tapsOf(channels: number, size: number, stride: number): number[][] {
  const windows = windowsOf(channels, size, stride);
  return Array.from({ length: size }, (_, tap) =>
    Array.from({ length: windows }, (_, w) => w * stride + tap),
  );
}
