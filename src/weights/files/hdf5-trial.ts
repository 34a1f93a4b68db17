import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { broken } from '../../base/files/bytes.js';
import { entryPoint } from '../../base/files/places.js';

/** Far more than any whole file takes. */
const MOST_SECONDS = 30;

/**
 * Opens a file with HDF5 in it once in a process of its own: in some damaged files the HDF5 library goes round for ever, and
 * no thread can be ended then. What it does here it does again in the same way where it is called next.
 * @throws WorkError where the process had to be ended
 */
export async function tryHdf5Apart(path: string): Promise<void> {
  const script = fileURLToPath(entryPoint('weights/files/hdf5-probe'));
  const child = spawn(process.execPath, [...process.execArgv, script, path], {
    stdio: 'ignore',
    timeout: 1000 * MOST_SECONDS,
    killSignal: 'SIGKILL',
  });
  const signal = await new Promise<string | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', (_code, how) => resolve(how));
  });
  if (signal === null) return;
  throw broken(path, `is damaged: the HDF5 library comes to no end with it (${MOST_SECONDS} s)`);
}
