import { nameOf } from '../../src/cli/names.js';
import './flags.js';
import { readdirSync, readFileSync } from 'node:fs';
import { COMMANDS } from '../../src/commands/index.js';
import { buildGraph } from '../../src/models/build.js';
import { listRows } from '../../src/models/listing.js';
import { summarise } from '../../src/models/summary.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { parseCommandLine } from '../../src/program/parse.js';
import { FORMATS } from '../../src/report/format.js';
import { renderList } from '../../src/report/results/list.js';
import { renderSummary } from '../../src/report/summary/render.js';
import { plainStyle } from './screens/style.js';

export const GOLDENS = new URL('../fixtures/golden/', import.meta.url);

const ENDINGS = { table: 'txt', json: 'json', csv: 'csv', markdown: 'md' } as const;

/** Texts that the program prints, by the name of the file in test/fixtures/golden that holds each. */
export async function goldens(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of modelNames()) {
    for (const format of FORMATS) {
      texts.set(`summary-${name}.${ENDINGS[format]}`, renderSummary(summaryOf(name), format, plainStyle()));
    }
  }
  for (const width of [40, 60, 80]) {
    texts.set(`summary-at-${width}.txt`, renderSummary(summaryOf('mnist-basic'), 'table', plainStyle(width)));
    texts.set(`list-at-${width}.txt`, await renderList(listRows(), 'table', plainStyle(width)));
  }
  for (const format of ['table', 'markdown'] as const) {
    const text = renderSummary(summaryOf('lenet5', true), format, plainStyle(80));
    texts.set(`explain-lenet5.${ENDINGS[format]}`, text);
  }
  for (const format of FORMATS) {
    texts.set(`list.${ENDINGS[format]}`, await renderList(listRows(), format, plainStyle()));
  }
  texts.set('help.txt', await helpOf([]));
  for (const { usage } of COMMANDS) texts.set(`help-${nameOf(usage)}.txt`, await helpOf([nameOf(usage)]));
  return texts;
}

/** What a folder of goldens holds, by the name of the file; folders inside it are not looked into. */
export function storedGoldens(folder = GOLDENS): Map<string, string> {
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  );
  return new Map(names.sort().map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
}

function summaryOf(name: string, explain = false) {
  const spec = loadModel(name);
  return summarise(buildGraph(spec), { spec, explain });
}

async function helpOf(words: readonly string[]): Promise<string> {
  const request = await parseCommandLine([...words, '--help']);
  return request.kind === 'text' ? request.text : '';
}
