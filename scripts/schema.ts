/**
 * Writes the JSON Schemas by which editors check and complete: configs/schema.json for models, configs/lesson.schema.json for
 * lessons: `node --import tsx scripts/schema.ts`.
 */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from '../src/models/config/json-schema.js';
import { renderJson } from '../src/report/json.js';
import { lessonJsonSchema } from '../src/tasks/lessons/schema.js';

for (const [file, schema] of [
  ['schema.json', jsonSchema()],
  ['lesson.schema.json', lessonJsonSchema()],
] as const)
  writeFileSync(new URL(`../configs/${file}`, import.meta.url), renderJson(schema));
