import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configReference } from '../../../scripts/reference/render.js';
import { typeOf } from '../../../scripts/reference/types.js';
import { LAYERS } from '../../../src/models/layers/index.js';

test('docs/config.md is as the schema in src/ has it (npm run reference writes it anew)', () => {
  assert.is(readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8'), configReference());
});

test('it has every layer, and of a key its type, default and meaning', () => {
  const text = configReference();
  for (const kind of Object.keys(LAYERS)) assert.match(text, `\n### \`${kind}\`\n`);
  for (const line of [
    '| `training.epochs` | whole number, at least 1 | `5` | Passes over the training images. |',
    '| `filters` | whole number, at least 1 | required | Number of output channels. |',
    '| `kernelInitializer` | [initializer](#initializers) | `glorotUniform` | How the weights are drawn before training. |',
    '| `poolSize` | whole number, at least 1 or [whole number, whole number] | `2` | Height and width of the window. |',
    '| `training.loss` | name or mapping | `{ name: crossEntropy }` | What training makes small: a loss by name, or a mapping with its name and settings. |',
    '| `normal.stddev` | number, above 0 | required | Its standard deviation. |',
  ]) {
    assert.match(text, `\n${line}\n`);
  }
  assert.not.match(text, 'undefined');
});

test('it says of no layer that it has no settings where it has', () => {
  const text = configReference();
  for (const [kind, { schema }] of Object.entries(LAYERS)) {
    const [, section] = text.split(`\n### \`${kind}\`\n`);
    const [own] = section!.split('\n#');
    for (const key of Object.keys(schema.shape))
      assert.ok(own!.includes(`| \`${key}\` |`), `${kind}: ${key}`);
  }
});

test('types in words', () => {
  const whole = { type: 'integer', minimum: 1 };
  assert.is(
    typeOf({ anyOf: [whole, { type: 'array', items: [whole, whole] }] }),
    'whole number, at least 1 or [whole number, whole number]',
  );
  assert.is(
    typeOf({
      type: 'array',
      items: [
        { type: 'array', items: [whole, whole] },
        { type: 'array', items: [whole, whole] },
      ],
    }),
    '[[whole number, whole number], [whole number, whole number]]',
  );
  assert.is(
    typeOf({ anyOf: [{ anyOf: [whole, { type: 'null' }] }, { type: 'null' }] }),
    'whole number, at least 1 or `null`',
  );
  assert.is(typeOf({ type: 'array', items: { $ref: '#/definitions/layer' } }), 'list of layers');
  assert.is(typeOf({ anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] }), '`a`, `b` or `null`');
  assert.is(typeOf({ type: 'number', minimum: 0, exclusiveMaximum: 1 }), 'number, at least 0 and below 1');
});

test.run();
