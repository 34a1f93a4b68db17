/** Writes configs/schema.json, the JSON Schema by which editors check and complete configs: `node --import tsx scripts/schema.ts`. */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from '../src/models/config/json-schema.js';
import { renderJson } from '../src/report/json.js';

writeFileSync(new URL('../configs/schema.json', import.meta.url), renderJson(jsonSchema()));
