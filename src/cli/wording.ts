import { nameSettings, SETTINGS } from '../base/text/settings.js';
import { flagOf } from './names.js';

/** Sentences speak of settings as the flags of the command line from here on: `--batch-size 32`. */
export function speakInFlags(): void {
  nameSettings(Object.fromEntries(SETTINGS.map((key) => [key, flagOf(key)])));
}
