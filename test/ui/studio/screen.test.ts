import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sizeOf, type Tensor } from '../../../src/base/tensor.js';
import { buildGraph } from '../../../src/models/build.js';
import { weightsOf } from '../../../src/models/graph/graph.js';
import { loadModel } from '../../../src/models/zoo.js';
import { writeWeights } from '../../../src/runs/checkpoint.js';
import { textWidth } from '../../../src/terminal/text.js';
import { TONES_OF_256 } from '../../../src/terminal/theme.js';
import { program, ROOT } from '../../support/cli.js';
import { temporaryFolder, writeTree } from '../../support/folders.js';
import { GONE, writeRun } from '../../support/runs.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';

const test = suite('the studio in a terminal');

const GOLDENS = join(ROOT, 'test/fixtures/golden/studio');
/** `CNNZOO_WRITE_GOLDENS=1` writes the screens anew, for a review of the difference. */
const isWriting = process.env.CNNZOO_WRITE_GOLDENS === '1';

const SIZES = [
  [60, 18],
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

/** Weights of short binary fractions, so that layers come to the same figures on every processor. */
async function writeOwnWeights(dir: string): Promise<void> {
  const weights = weightsOf(buildGraph(loadModel('lenet5'))).map(({ fullName, spec }): [string, Tensor] => {
    const data = Float32Array.from({ length: sizeOf(spec.shape) }, (_, i) => (((37 * i) % 17) - 8) / 64);
    return [fullName, { shape: spec.shape, data }];
  });
  const saved = { weights: new Map(weights), kind: 'last', epoch: 3, step: 0 } as const;
  await writeWeights(join(dir, 'weights.safetensors'), saved, 'lenet5', { what: 'the weights' });
}

const FASHION = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];

/** A folder with runs of every kind, wide names among them, and with files of a data set, which are not read. */
async function studioFolder(): Promise<string> {
  const folder = temporaryFolder();
  const at = (hour: number) => `2026-08-01T${hour}:00:00.000Z`;
  await writeOwnWeights(writeRun(folder, 'runs/lenet5-adam', { created: at(10), accuracy: 0.99 }));
  for (const name of FASHION) writeTree(folder, { [`data/fashion-mnist/${name}-ubyte`]: '' });
  writeRun(folder, 'runs/lenet5-學習率-0.01', {
    created: at(11),
    accuracy: 0.975,
    learningRate: 0.01,
    seed: 2,
  });
  writeRun(folder, 'runs/한국어-실험', { created: at(12), accuracy: 0.96, seed: 3, model: 'mnist-mlp' });
  writeRun(folder, 'runs/killed', { created: at(13), status: 'running', owner: GONE, done: 1 });
  writeTree(folder, { 'runs/broken/run.json': '{', 'runs/broken/config.yaml': '' });
  return folder;
}

async function open(columns: number, rows: number, env: Record<string, string> = {}): Promise<Terminal> {
  const cwd = await studioFolder();
  const own = {
    XDG_STATE_HOME: join(cwd, 'state'),
    XDG_CACHE_HOME: join(cwd, 'cache'),
    CNNZOO_DATA: join(cwd, 'data'),
    NODE_OPTIONS: `--import ${pathToFileURL(join(ROOT, 'test/support/screens/one-machine.js'))}`,
    NODE: process.execPath,
    ZOO: program(),
  };
  return new Terminal({ columns, rows, cwd, env: { ...own, ...env } });
}

const START = '"$NODE" "$ZOO"';

interface Screen {
  readonly keys: readonly string[];
  readonly name: string;
  readonly wanted: RegExp;
  /** Keys that lead to where the next one begins. */
  readonly back?: readonly string[];
  /** Pictures have colours of their own. */
  readonly hasPictures?: boolean;
}

const SCREENS: readonly Screen[] = [
  { keys: ['1'], name: 'zoo', wanted: /alexnet/ },
  { keys: ['2'], name: 'runs', wanted: /killed/ },
  { keys: ['?'], name: 'help', wanted: /Stop the training/, back: ['Escape'] },
  { keys: ['Enter'], name: 'curves', wanted: /esc list/, back: ['Escape'] },
  { keys: ['3'], name: 'look', wanted: /channel \d of \d: from/, hasPictures: true },
  {
    keys: ['Enter', 'Enter'],
    name: 'value',
    wanted: /step \d+ of \d+/,
    hasPictures: true,
    back: ['Escape', 'Escape'],
  },
  { keys: ['4'], name: 'data', wanted: /▸ digits/, hasPictures: true },
  { keys: ['5'], name: 'machine', wanted: /▸ onnx engine, webgpu/ },
];

/** To the run that has weights and a channel of a layer, to images that are drawn, and to what is broken. */
async function enterPanes(terminal: Terminal, toChannel: readonly string[] = []): Promise<void> {
  terminal.press('3');
  await terminal.until(/runs\/killed/, 'the latest run', 60);
  terminal.press(']');
  await terminal.until(/zeroPadding2d_1/, 'what a network makes of a picture', 60);
  terminal.press(...toChannel, '4');
  await terminal.until(/digits +built in/, 'the data sets', 60);
  terminal.press('G', 'k');
  await terminal.until(/mean 0/, 'the images of digits', 60);
  terminal.press('5');
  await terminal.until(/webgpu/, 'what the machine has', 60);
  terminal.press('G', 'k');
  terminal.press('1');
}

async function started(terminal: Terminal): Promise<void> {
  terminal.run(START);
  await terminal.until(/\[1 Zoo\][\s\S]*quit/);
}

/** One key after the other: escape and what comes with it would be one key. */
async function pressed(terminal: Terminal, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    terminal.press(key);
    await sleep(60);
  }
}

/** How often a screen is found unchanged before it counts as one that stays: what is read comes bit by bit. */
const SAME = 10;

/** Waits until nothing changes any more. */
async function still(terminal: Terminal): Promise<string[]> {
  let [before, same] = ['', 0];
  await terminal.until((screen) => {
    same = screen === before ? same + 1 : 0;
    before = screen;
    return same >= SAME;
  }, 'a screen that stays');
  return terminal.screen();
}

/** Text is as bright as the terminal has it, dimmed, bold, the other way round, or in a tone that can be read on any ground. */
function assertReadable(screen: string): void {
  const tones = Object.values(TONES_OF_256);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences that set colours begin with one
  const codes = new Set([...screen.matchAll(/\u001b\[([0-9;]*)m/g)].map(([, code]) => code!));
  for (const code of codes)
    assert.match(code, new RegExp(`^(?:(?:[01279]|22|27|39|49|38;5;(?:${tones.join('|')}));?)*$`), screen);
}

function check(name: string, lines: readonly string[]): void {
  const file = join(GOLDENS, `${name}.txt`);
  // Whose machine it is has no place in a golden.
  const text = `${lines.join('\n')}\n`.replace(/ on \S+, cnnzoo [\d.]+/, ' on HOST');
  if (isWriting) {
    mkdirSync(GOLDENS, { recursive: true });
    writeFileSync(file, text);
  }
  assert.ok(existsSync(file), `there is no ${file}: CNNZOO_WRITE_GOLDENS=1 writes it`);
  assert.fixture(text, readFileSync(file, 'utf8'), name);
}

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('each pane at each size, after a resize, as it was looked at', async () => {
    const terminal = await open(200, 60);
    try {
      await started(terminal);
      // The last figure of the list, when all of the zoo is read.
      await terminal.until(/vgg19 .*19\.6G/, 'all figures', 60);
      await enterPanes(terminal, ['Right', 'Down', 'Down']);
      for (const [columns, rows] of SIZES) {
        terminal.resize(columns, rows);
        for (const { keys, name, wanted, back = [], hasPictures } of SCREENS) {
          await pressed(terminal, keys);
          await terminal.until(
            (screen) => wanted.test(screen) && screen.split('\n').length <= rows,
            name,
            60,
          );
          const lines = await still(terminal);
          for (const line of lines) assert.ok(textWidth(line) <= columns, line);
          if (hasPictures !== true) assertReadable(terminal.colours());
          check(`${name}-${columns}x${rows}`, lines);
          await pressed(terminal, back);
        }
      }
      // Many changes at once, in the middle of keys and of a form, leave nothing behind.
      await pressed(terminal, ['1', 't']);
      await terminal.until(/Train alexnet/);
      for (const [columns, rows] of [...SIZES, [20, 5], ...SIZES] as const) {
        terminal.resize(columns, rows);
        terminal.press('Down');
      }
      terminal.press('Escape');
      await terminal.until(/▸ alexnet/);
      terminal.resize(80, 24);
      await pressed(terminal, ['5']);
      await terminal.until(/▸ onnx engine, webgpu/);
      check('machine-80x24', await still(terminal));
    } finally {
      terminal.close();
    }
  });

  test('without colour each pane is told by signs alone, and a picture by dots', async () => {
    const terminal = await open(200, 60, { NO_COLOR: '1' });
    try {
      await started(terminal);
      await terminal.until(/vgg19 .*19\.6G/, 'all figures', 60);
      // The first layer computes nothing, so that its dots are the same whatever computes.
      await enterPanes(terminal);
      terminal.resize(80, 24);
      for (const { keys, name, wanted, back = [] } of SCREENS) {
        await pressed(terminal, keys);
        await terminal.until(wanted, name, 60);
        check(`${name}-without-colour`, await still(terminal));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences that set colours begin with one
        assert.not.match(terminal.colours(), /\u001b\[[0-9;]*[1-9][0-9;]*m/, name);
        await pressed(terminal, back);
      }
    } finally {
      terminal.close();
    }
  });

  test('a picture in dots is dark on a light ground where the terminal says so', async () => {
    const dots = async (ground: string): Promise<string> => {
      const terminal = await open(80, 24, { NO_COLOR: '1', COLORFGBG: ground });
      try {
        await started(terminal);
        await enterPanes(terminal);
        await pressed(terminal, ['3']);
        await terminal.until(/channel 0 of 1: from/);
        const lines = await still(terminal);
        return lines
          .slice(5, 11)
          .map((line) => line.slice(0, 26))
          .join('');
      } finally {
        terminal.close();
      }
    };
    const drawn = (text: string) => [...text].filter((char) => char > '\u2800' && char < '\u2900').length;
    const [dark, light] = [await dots('15;0'), await dots('0;15')];
    assert.ok(drawn(dark) > 10 && drawn(light) > drawn(dark) + 20, `${dark}\n${light}`);
  });

  test('a killed run says so, and how it is gone on with', async () => {
    const terminal = await open(120, 40);
    try {
      await started(terminal);
      terminal.press('2');
      await terminal.until(/killed\s+gone/);
      await terminal.until(/cnnzoo train --resume runs\/killed/);
    } finally {
      terminal.close();
    }
  });
}

test.run();
