/** What stands in for a figure that there is none of (an unknown time to go, a division by zero). */
const NOTHING = '-';

/** Where a comma belongs: after a digit that whole groups of three follow. */
const THOUSANDS = /(?<=\d)(?=(?:\d{3})+$)/g;

/** `1234567` as `1,234,567`. Not with Intl, whose tables take 15 to 20 ms to load: a tenth of a start. */
export function formatInteger(value: number): string {
  return Number.isFinite(value) ? value.toFixed(0).replace(THOUSANDS, ',') : formatSpecial(value);
}

/** `4.2s`, `42s`, `1m 05s`, `2h 03m`, `3d 04h`; a dash for a time that nobody knows. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return NOTHING;
  // 9.96 would round to "10.0s".
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  return formatWhole(Math.round(seconds));
}

/** Time to go: whole seconds, rounded up, so that it reaches 0 only at the end. */
export function formatEta(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return NOTHING;
  return formatWhole(Math.ceil(seconds));
}

function formatWhole(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds}s`;
  if (hours === 0) return `${minutes}m ${two(seconds % 60)}s`;
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** Three figures or more: `5,012`, `52.1`, `3.42`. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond) || perSecond < 0) return NOTHING;
  if (perSecond >= 99.95) return formatInteger(perSecond);
  return perSecond.toFixed(perSecond >= 9.995 ? 1 : 2);
}

/** `0.9915` as `99.15 %`. */
export function formatPercent(fraction: number, digits = 2): string {
  return Number.isFinite(fraction) ? `${(100 * fraction).toFixed(digits)} %` : formatSpecial(fraction);
}

/** How far work has come: whole percent, rounded down, so that 100 % means done. */
export function formatDone(fraction: number): string {
  return Number.isFinite(fraction) ? `${Math.floor(100 * clamp01(fraction) + 1e-9)} %` : NOTHING;
}

/** Four decimals, or an exponent where four decimals would say nothing; `NaN` and `inf` as such. */
export function formatLoss(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.00005 || size >= 10_000)) return value.toExponential(2);
  return value.toFixed(size >= 100 ? 2 : 4);
}

/** A figure in few characters, for the scale of a chart: `2.3`, `0.041`, `1.2e+4`. */
export function formatBrief(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(2))).slice(0, 7) : formatSpecial(value);
}

/** A value of a layer for people who calculate along: whole numbers as they are, others to six figures: `9`, `3.75`, `-0.333333`. */
export function formatValue(value: number, figures = 6): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value === 0 ? 0 : value);
  return String(Number(value.toPrecision(figures)));
}

/** `11.5 MB`, where an MB is 10^6 bytes. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return NOTHING;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // 999.95 of a unit would round to "1000.0".
  while (Math.abs(value) >= (unit === 0 ? 1000 : 999.95) && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A fraction of work done, forced into 0 to 1; what is not a number counts as 0. */
export function clamp01(fraction: number): number {
  return Number.isNaN(fraction) ? 0 : Math.min(1, Math.max(0, fraction));
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'inf' : '-inf';
}
