import { cacheState, emptyPictureCache } from '../../data/index.js';
import { printResult } from '../../report/output.js';
import { renderCache, renderEmptied } from '../../report/results/picture-cache.js';
import type { DatasetsArguments } from './arguments.js';

/** Shows what the cache of decoded pictures takes, or empties it. */
export async function showCache(args: DatasetsArguments): Promise<number> {
  if (args.empty) {
    const emptied = await emptyPictureCache();
    await printResult((format, style) => renderEmptied(emptied, format, style), args);
    return 0;
  }
  const state = await cacheState();
  await printResult((format, style) => renderCache(state, format, style), args);
  return 0;
}
