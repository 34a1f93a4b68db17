import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An operator that ONNX Runtime ran, and where. */
export interface RanNode {
  readonly name: string;
  readonly operator: string;
  readonly provider: string;
}

/** What ran in programs that wrote their profiles, and were disposed of, in `work`. @param work gets the profiles' path */
export async function profiled(work: (path: string) => Promise<void>): Promise<RanNode[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-profile-'));
  try {
    await work(join(folder, 'program'));
    return readdirSync(folder).flatMap((file) => nodesOf(readFileSync(join(folder, file), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function nodesOf(profile: string): RanNode[] {
  const events = JSON.parse(profile) as { name: string; args?: { provider?: string; op_name?: string } }[];
  return events.flatMap(({ name, args }) =>
    args?.provider ? [{ name, operator: args.op_name ?? '', provider: args.provider }] : [],
  );
}
