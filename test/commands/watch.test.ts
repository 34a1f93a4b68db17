import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo, plainEnv, program } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { Terminal, tmuxMissing } from '../support/screens/tmux.js';

const configOf = (units: number) =>
  `input: [28, 28, 1]\nlayers:\n  - flatten\n  - dense: ${units}\n  - dense: { units: 10, activation: softmax }\n`;
/** Of the first dense layer. */
const paramsOf = (units: number) => (785 * units).toLocaleString('en');

/** A summary that follows my.yaml, with all that it has printed. */
class Following {
  readonly child: ChildProcess;
  readonly file: string;
  stdout = '';
  stderr = '';

  constructor(...args: string[]) {
    const folder = temporaryFolder();
    this.file = join(folder, 'my.yaml');
    writeFileSync(this.file, configOf(11));
    this.child = spawn(process.execPath, [program(), 'summary', 'my.yaml', '--watch', ...args], {
      cwd: folder,
      env: plainEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (data: Buffer) => {
      this.stdout += String(data);
    });
    this.child.stderr!.on('data', (data: Buffer) => {
      this.stderr += String(data);
    });
  }

  async until(isThere: () => boolean): Promise<void> {
    for (let left = 200; !isThere(); left--) {
      assert.ok(left > 0, `waited in vain; it says\n${this.stdout}\n${this.stderr}`);
      await sleep(50);
    }
  }

  end(signal: NodeJS.Signals): Promise<NodeJS.Signals | null> {
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      this.child.on('close', (_code, by) => resolve(by));
    });
    this.child.kill(signal);
    return ended;
  }
}

test('one block after the other, whichever way an editor writes the file', async () => {
  const following = new Following();
  const { file } = following;
  const shows = (units: number) => following.until(() => following.stdout.includes(paramsOf(units)));
  await shows(11);
  // In place.
  writeFileSync(file, configOf(12));
  await shows(12);
  // As vim does: the old file becomes a backup, a new one is written, the backup goes.
  renameSync(file, `${file}~`);
  await sleep(30);
  writeFileSync(file, configOf(13));
  rmSync(`${file}~`);
  await shows(13);
  // Beside it, and put in its place.
  writeFileSync(`${file}.new`, configOf(14));
  renameSync(`${file}.new`, file);
  await shows(14);
  // In several steps: what is half written is not shown.
  const text = configOf(15);
  for (const end of [0, 20, 50, text.length]) {
    writeFileSync(file, text.slice(0, end));
    await sleep(20);
  }
  await shows(15);
  await sleep(400);
  assert.is(following.stdout.match(/dense_1 /g)!.length, 5, following.stdout);
  assert.is(following.stderr, '');
  assert.is(await following.end('SIGINT'), 'SIGINT');
});

test('what is wrong is told with its place, and it is followed further', async () => {
  const following = new Following('--json');
  const { file } = following;
  await following.until(() => following.stdout.includes('8635'));
  writeFileSync(file, configOf(12).replace('flatten', 'flaten'));
  await following.until(() => following.stderr.endsWith('}\n'));
  const [sentence, line] = following.stderr.trim().split('\n');
  assert.match(sentence!, /^my\.yaml:3:5 .*Did you mean "flatten"\?/);
  assert.is(JSON.parse(line!).error.place, 'my.yaml:3:5');
  rmSync(file);
  await following.until(() => /my\.yaml cannot be read: there is no such file/.test(following.stderr));
  writeFileSync(file, configOf(12));
  await following.until(() => following.stdout.includes(String(785 * 12)));
  assert.is(await following.end('SIGTERM'), 'SIGTERM');
});

test('wrong flags, a file that is not there and a model of the zoo end it at once', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'my.yaml'), configOf(3));
  for (const [line, sentence] of [
    [['lenet5'], /^--watch follows a file of your own, such as my\.yaml; lenet5 is none\./],
    [['-'], /^--watch follows a file/],
    [['mine.yaml'], /^mine\.yaml cannot be read/],
    [['my.yaml', '--columns', 'nam'], /Did you mean/],
  ] as const) {
    const { code, stderr } = await cnnzoo(folder, ['summary', ...line, '--watch']);
    assert.is(code, 2);
    assert.match(stderr, sentence);
  }
});

test('on a terminal it is drawn in the place of the one before, also as that becomes narrower', async () => {
  if (tmuxMissing !== null) {
    console.log(tmuxMissing);
    return;
  }
  const folder = temporaryFolder();
  const file = join(folder, 'my.yaml');
  writeFileSync(file, configOf(11));
  const terminal = new Terminal({ columns: 100, rows: 40, cwd: folder });
  try {
    terminal.run(`'${process.execPath}' '${program()}' summary my.yaml --watch`);
    await terminal.until(new RegExp(paramsOf(11)));
    writeFileSync(file, configOf(12));
    const isNew = (screen: string) => screen.includes(paramsOf(12)) && screen.includes('Ctrl-C ends');
    const screen = await terminal.until(isNew, 'the summary of the new file');
    assert.not.match(screen, new RegExp(paramsOf(11)));
    assert.match(screen, /\nfollowing my\.yaml; Ctrl-C ends$/m);
    terminal.resize(50, 40);
    await terminal.until((now) => isNew(now) && !now.includes('Rec. field'), 'a narrower summary');
    writeFileSync(file, configOf(12).replace('flatten', 'flaten'));
    await terminal.until(/^my\.yaml:3:5/);
    terminal.press('C-c');
    await terminal.until(/\^C\n\$/);
    terminal.run('echo "code $?"');
    await terminal.until(/^code 130/m);
  } finally {
    terminal.close();
  }
});

test.run();
