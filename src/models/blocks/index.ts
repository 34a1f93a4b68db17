import { auxiliary } from './auxiliary.js';
import type { Block } from './block.js';
import { branches } from './branches.js';
import { inception } from './inception.js';
import { repeat } from './repeat.js';
import { residual } from './residual.js';

/** Every block by its name in a config. */
export const BLOCKS = { repeat, branches, inception, residual, auxiliary } as const;

export type BlockKind = keyof typeof BLOCKS;

/** The definition of a kind, with its parameters' type forgotten. */
export function blockDef(kind: BlockKind): Block {
  return BLOCKS[kind] as unknown as Block;
}
