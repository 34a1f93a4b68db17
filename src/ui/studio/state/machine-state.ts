import type { Finding } from '../../../tasks/doctor/finding.js';

/** What is known of a process that trains a run here. */
export interface MachineState {
  /** null until it was examined, a text where that failed. */
  readonly findings: readonly Finding[] | string | null;
  readonly isExamining: boolean;
}

export const EMPTY_MACHINE: MachineState = { findings: null, isExamining: false };
