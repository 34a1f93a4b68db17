import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.js';
import { randomStream } from '../../src/base/random.js';
import { buildGraph } from '../../src/models/build.js';
import { readSpec } from '../../src/models/config/read-spec.js';
import { parseSource } from '../../src/models/config/source.js';
import { summarise } from '../../src/models/summary.js';
import { modelNames } from '../../src/models/zoo.js';
import { CONFIGS } from '../../src/models/zoo-names.js';
import { renderSummary } from '../../src/report/summary/render.js';
import { architectureOf } from '../../src/tasks/visualize/networks/architecture.js';
import { mangled } from '../support/networks/mangle.js';
import { plainStyle } from '../support/screens/style.js';

/**
 * Configs of the zoo and nests of blocks, damaged at random: each is either refused by one sentence of ours or built, and
 * none takes longer than LIMIT_MS of processor time. `CNNZOO_TEST_CONFIGS=20000 CNNZOO_TEST_SEED=7` for so many others.
 */
const COUNT = Number(process.env.CNNZOO_TEST_CONFIGS ?? 3000);
const FIRST = Number(process.env.CNNZOO_TEST_SEED ?? 1);
const LIMIT_MS = 2000;

const texts = modelNames().map((name) => readFileSync(`${CONFIGS}${name}.yaml`, 'utf8'));

/** What `summary --explain` and `visualize architecture` do with a text. */
function work(text: string): string {
  try {
    const spec = readSpec('mangled', parseSource('mangled.yaml', text));
    const graph = buildGraph(spec, { anyHead: true });
    renderSummary(summarise(graph, { spec, explain: true }), 'table', plainStyle(100));
    architectureOf(graph);
    return 'built';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    assert.match(error.message, /^mangled\.yaml/);
    return 'refused';
  }
}

test(`${COUNT} mangled configs: no crash, and none takes longer than ${LIMIT_MS} ms`, () => {
  const outcomes: Record<string, number> = {};
  let longest = 0;
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const text = mangled(texts, randomStream(seed, 'mangle'));
    const before = process.cpuUsage();
    let outcome: string;
    try {
      outcome = work(text);
    } catch (error) {
      process.stdout.write(`\n# seed ${seed}\n${text}\n`);
      throw error;
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms > LIMIT_MS) process.stdout.write(`\n# seed ${seed}, ${ms} ms\n${text}\n`);
    assert.ok(ms <= LIMIT_MS, `seed ${seed} took ${ms} ms`);
    longest = Math.max(longest, ms);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  process.stdout.write(`\n${JSON.stringify(outcomes)}, the longest ${longest.toFixed(0)} ms\n`);
  if (COUNT >= 3000) assert.ok(outcomes.built! > COUNT / 20 && outcomes.refused! > COUNT / 3);
});

test.run();
