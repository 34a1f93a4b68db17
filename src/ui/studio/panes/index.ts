import type { AnyPane } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';
import { dataPane } from './data/data-pane.js';
import { lookPane } from './look/look-pane.js';
import { machinePane } from './machine/machine-pane.js';
import { runsPane } from './runs/runs-pane.js';
import { zooPane } from './zoo/zoo-pane.js';

/** In the order of their numbers. */
export const PANES: readonly AnyPane[] = [zooPane, runsPane, lookPane, dataPane, machinePane];

export function paneOf(state: StudioState): AnyPane {
  return PANES.find(({ name }) => name === state.pane)!;
}
