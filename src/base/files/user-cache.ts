import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What the place of the cache depends on. */
interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/** The user's folder for what can be fetched or computed again. */
export function cacheFolder({ env, platform, home }: Machine): string {
  return join(userCache(env, platform, home), 'cnnzoo');
}

/** Where decoded pictures are kept. */
export function pictureCacheFolder(): string {
  return join(cacheFolder({ env: process.env, platform: process.platform, home: homedir() }), 'pictures');
}

function userCache(env: Machine['env'], platform: NodeJS.Platform, home: string): string {
  // The XDG base directory specification has relative paths ignored.
  const xdg = env.XDG_CACHE_HOME;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  if (platform === 'win32') return env.LOCALAPPDATA ?? join(home, 'AppData', 'Local');
  return join(home, '.cache');
}
