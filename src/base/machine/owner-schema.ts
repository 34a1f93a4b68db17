import * as z from 'zod';

/** A process, so that another one can tell whether it still runs: two at once would overwrite each other's files. */
export const ownerSchema = z.object({
  pid: z.int(),
  /** When the process began, in the system's own words: process ids are used again. null where the system does not say. */
  began: z.string().nullable(),
  host: z.string(),
  /** Linux: the machine's own id, that of its start, and which process ids count (containers have their own). */
  machine: z.string().nullable().default(null),
  boot: z.string().nullable().default(null),
  pids: z.string().nullable().default(null),
});
export type Owner = z.output<typeof ownerSchema>;
