#!/usr/bin/env node
// Only starts dist/main.js. Kept in words that any Node with ES modules can read, so that an old one is told what it lacks.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const REQUIRED = [20, 19];
const main = new URL('../dist/main.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < REQUIRED[0] || (major === REQUIRED[0] && minor < REQUIRED[1])) {
  stop(
    `cnnzoo needs Node.js ${REQUIRED.join('.')} or newer, but this is ${process.versions.node}: update Node.js.`,
  );
} else if (!existsSync(main)) {
  stop('cnnzoo is not built: run "npm run build" in its folder first.');
} else {
  // From Node 22.1 on: later starts find the compiled code.
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  // What --verbose says of an error then names the sources.
  if (process.argv.includes('--verbose')) process.setSourceMapsEnabled(true);
  import(main.href).catch((error) => {
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
    stop(
      `cnnzoo cannot open its own files: ${error.message}. Allow more open files (ulimit -n 1024), or close other programs.`,
    );
  });
}

function stop(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
