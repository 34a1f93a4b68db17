import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { cacheFolder } from '../../base/files/user-cache.js';
import { setting } from '../../base/text/settings.js';
import type { DownloadSource } from '../formats/format.js';
import { SOURCES } from './sources.js';

/** What the data part takes from the machine that it runs on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** Where the system's packages put data sets; Debian's dataset-fashion-mnist does. */
  readonly systemFolder: string;
  readonly sources: readonly DownloadSource[];
  /** How long a mirror may take to answer at all, and once one has not answered, each further one. */
  readonly connectMs: readonly [number, number];
  /** How long a download may stand still. */
  readonly stallMs: number;
}

export function thisMachine(): Surroundings {
  return {
    env: process.env,
    platform: process.platform,
    home: homedir(),
    systemFolder: '/usr/share/datasets',
    sources: SOURCES,
    connectMs: [10_000, 3_000],
    stallMs: 20_000,
  };
}

/** A folder in which a data set may lie. */
export interface Place {
  readonly label: 'dataDir' | '$CNNZOO_DATA' | 'cache' | 'system';
  readonly folder: string;
}

/** A place's label as users know it. */
export function labelText(label: Place['label']): string {
  return label === 'dataDir' ? setting(label) : label;
}

/** The folders in which a data set is looked for, in order. */
export function placesOf(name: string, dataDir: string | undefined, surroundings: Surroundings): Place[] {
  const places: Place[] = [];
  const add = (label: Place['label'], folder: string): void => {
    if (!places.some((place) => place.folder === folder)) places.push({ label, folder });
  };
  // The folder with the data set's own name first: the other may hold a data set whose files have the same names.
  const both = (label: Place['label'], folder: string): void => {
    add(label, join(resolve(folder), name));
    add(label, resolve(folder));
  };
  if (dataDir !== undefined) both('dataDir', dataDir);
  // Several folders stand there as in PATH.
  const ours = (surroundings.env.CNNZOO_DATA ?? '').split(delimiter);
  for (const folder of ours) if (folder !== '') both('$CNNZOO_DATA', folder);
  add('cache', join(cacheFolder(surroundings), name));
  if (surroundings.platform !== 'win32') add('system', join(surroundings.systemFolder, name));
  return places;
}
