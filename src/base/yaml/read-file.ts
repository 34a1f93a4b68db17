import { existsSync, readFileSync, statSync } from 'node:fs';
import { codeOf, messageOf, UsageError } from '../errors.js';

/** What people write is a page or a few; what is longer is something else. */
const MAX_BYTES = 1_000_000;

/** What a file is wanted for. */
interface Wanted {
  /** What it is to be: "config". */
  readonly what: string;
  /** What to name instead of a folder: "a YAML file in it". */
  insteadOf(folder: string): string;
}

/** The text of a YAML file of the user's. @throws UsageError where it cannot be read */
export function readYamlFile(path: string, { what, insteadOf }: Wanted): string {
  try {
    const status = statSync(path);
    if (status.isDirectory()) throw new UsageError(`${path} is a folder: name ${insteadOf(path)}.`);
    if (status.isCharacterDevice() || status.size > MAX_BYTES) {
      throw new UsageError(`${path} is no ${what}: a YAML file of at most 1 MB was expected.`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be read: ${reasonOf(error, path)}`);
  }
}

function reasonOf(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return existsSync(`${path}.yaml`)
        ? `there is no such file. Did you mean ${path}.yaml?`
        : 'there is no such file.';
    case 'EACCES':
    case 'EPERM':
      return 'its permissions do not allow it.';
    default:
      return `${messageOf(error)}.`;
  }
}
