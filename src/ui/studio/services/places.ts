import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the studio keeps what is to outlive it, as the XDG Base Directory Specification has it. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_STATE_HOME: state } = env;
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'cnnzoo');
}
