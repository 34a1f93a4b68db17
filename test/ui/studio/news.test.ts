import { join } from 'node:path';
import { suite } from 'uvu';
import { program } from '../../support/cli.js';
import { smallFiles, writeFiles } from '../../support/files/small-data.js';
import { temporaryFolder } from '../../support/folders.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';
import { TINY, writeModel } from '../../support/training.js';

const test = suite('what changes while the studio is open');

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('models of the folder and data sets that are added show up', async () => {
    const cwd = temporaryFolder();
    const data = join(cwd, 'data');
    const env = {
      XDG_STATE_HOME: join(cwd, 'state'),
      XDG_CACHE_HOME: join(cwd, 'cache'),
      CNNZOO_DATA: data,
      NODE: process.execPath,
      ZOO: program(),
    };
    const terminal = new Terminal({ columns: 120, rows: 40, cwd, env });
    try {
      terminal.run('"$NODE" "$ZOO"');
      await terminal.until(/\[1 Zoo\][\s\S]*parameters/);
      writeModel(cwd, TINY, 'mine.yaml');
      await terminal.until(/mine\.yaml +\d/);
      terminal.press('g', 'k');
      await terminal.until(/▸ mine\.yaml[\s\S]*conv2d_1 .* 40 /);
      writeModel(cwd, TINY.replace('filters: 4', 'filters: 5'), 'mine.yaml');
      await terminal.until(/▸ mine\.yaml[\s\S]*conv2d_1 .* 50 /);
      terminal.press('4');
      await terminal.until(/▸ mnist +(yes|no)/);
      writeFiles(join(data, 'mnist'), smallFiles());
      await terminal.until(/▸ mnist +yes[\s\S]*where +\S*data\/mnist/);
    } finally {
      terminal.close();
    }
  });
}

test.run();
