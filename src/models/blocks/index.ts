import type { Block } from './block.js';
import { repeat } from './repeat.js';

/** Every block by its name in a config. */
export const BLOCKS = { repeat } as const;

export type BlockKind = keyof typeof BLOCKS;

/** The definition of a kind, with its parameters' type forgotten. */
export function blockDef(kind: BlockKind): Block {
  return BLOCKS[kind] as unknown as Block;
}
