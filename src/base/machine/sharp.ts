import type { SharpConstructor } from 'sharp';
import { messageOf, WorkError } from '../errors.js';

let loading: Promise<SharpConstructor> | undefined;

/** The library of pictures, loaded for the first of them: most commands need none. @throws WorkError where it is broken. */
export function loadSharp(): Promise<SharpConstructor> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SharpConstructor> {
  try {
    const { default: sharp } = await import('sharp');
    // A picture is read once an epoch at most, and several are decoded at a time already.
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    throw new WorkError(
      `Pictures can neither be read nor drawn here, because sharp could not be loaded (${reason}); install it anew ` +
        'with npm install --include=optional sharp.',
    );
  }
}
