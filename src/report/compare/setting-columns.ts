import { configSchema } from '../../models/config/schema.js';
import { differingSettings, type RunConfig, settingOf, settingText } from '../../tasks/compare/settings.js';
import type { Cell } from '../column.js';
import type { RunColumn } from './column.js';

/** A row that has settings: its model's name, and what its run was trained with. */
export interface SetRow {
  readonly name: string;
  /** null of a model that was not trained. */
  readonly config: RunConfig | null;
}

const CONFIG_KEYS = Object.keys(configSchema.shape);
const TRAINING_KEYS = Object.keys(configSchema.shape.training.unwrap().shape);

/** Settings that `columns` and `sort` take, as far as their names are known before any run is read. */
export const SETTING_KEYS: readonly string[] = TRAINING_KEYS.map((key) => `training.${key}`);

/** Whether a name may be a setting's, as `set` takes it: what comes after its first words is only known from the runs. */
export function isSettingKey(name: string): boolean {
  const [first, second] = name.split('.');
  if (first !== 'training') return CONFIG_KEYS.includes(first!);
  return second !== undefined && TRAINING_KEYS.includes(second);
}

/** The column of a setting by its key. */
export function settingColumn<R extends SetRow>(key: string, rows: readonly R[]): RunColumn<R> {
  const value = (row: R): Cell => {
    const setting = settingOfRow(row, key);
    return typeof setting === 'number' || setting === null ? setting : settingText(setting);
  };
  const isNumber = rows.every((row) => typeof (value(row) ?? 0) === 'number');
  return {
    key,
    header: key.replace(/^training\./, ''),
    priority: 5,
    align: isNumber ? 'right' : 'left',
    value,
    json: (row) => settingOfRow(row, key),
  };
}

function settingOfRow({ config }: SetRow, key: string): unknown {
  return (config && settingOf(config, key)) ?? null;
}

/** The settings that are not the same in all runs, but for those that have columns of their own. */
export function differingColumns<R extends SetRow>(rows: readonly R[]): RunColumn<R>[] {
  const runs = rows.flatMap(({ name, config }) => (config === null ? [] : [{ name, config }]));
  return differingSettings(runs).map((key) => settingColumn(key, rows));
}
