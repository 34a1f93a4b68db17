import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import * as z from 'zod';
import { jsonSchema } from '../../../src/models/config/json-schema.js';
import { LAYERS } from '../../../src/models/layers/index.js';
import { modelNames } from '../../../src/models/zoo.js';
import { CLASSIFIER, configOf, headWith } from '../../support/networks/yaml.js';

const configs = new URL('../../../configs/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, configs), 'utf8');

test('configs/schema.json is as the schema in src/ writes it (scripts/schema.ts writes it anew)', () => {
  assert.equal(JSON.parse(read('schema.json')), jsonSchema());
});

test('every config tells editors of it in its first line', () => {
  const files = readdirSync(configs).filter((file) => file.endsWith('.yaml'));
  assert.equal(files.map((file) => file.replace('.yaml', '')).sort(), modelNames());
  for (const file of files) {
    assert.is(read(file).split('\n')[0], '# yaml-language-server: $schema=./schema.json', file);
  }
});

test('an editor that goes by the schema accepts what we accept', () => {
  const editor = z.fromJSONSchema(JSON.parse(read('schema.json')));
  const accepts = (text: string) => editor.safeParse(parse(text)).success;
  for (const name of modelNames()) assert.ok(accepts(read(`${name}.yaml`)), name);
  assert.ok(
    accepts(configOf(['repeat: { times: 2, layers: [repeat: { times: 2, layers: [dropout: 0.5] }] }'])),
  );
  assert.ok(accepts(configOf(['maxPool2d', 'maxPool2d:', 'maxPool2d: 2', 'maxPool2d: [2, 1]'])));
  assert.ok(accepts(configOf([], { head: headWith('adam', '{ name: sgd, momentum: 0.9 }') })));
});

test('and marks what we refuse', () => {
  const editor = z.fromJSONSchema(JSON.parse(read('schema.json')));
  const accepts = (text: string) => editor.safeParse(parse(text)).success;
  assert.not(accepts(configOf(['conv2D: { filters: 3, kernelSize: 3 }'])));
  assert.not(accepts(configOf(['conv2d: { filters: -3, kernelSize: 3 }'])));
  assert.not(accepts(configOf(['repeat: { times: 2, layers: [flaten] }'])));
  assert.not(accepts(configOf([], { head: headWith('adam', 'adm') })));
  assert.not(accepts(configOf([], { head: headWith('title', 'titel') })));
});

test('every layer says in editors what it does', () => {
  const text = read('schema.json');
  for (const { description } of Object.values(LAYERS)) assert.match(text, JSON.stringify(description));
  assert.is(CLASSIFIER.length, 2);
});

test.run();
