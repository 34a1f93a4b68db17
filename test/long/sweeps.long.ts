import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainEnv, program, ROOT } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { Slurm, slurmMissing } from '../support/sweeps/slurm.js';
import { until, WatchedComparison } from '../support/sweeps/sweeps.js';

const folder = temporaryFolder();
const RATES = ['0.01', '0.003', '0.001'];
const SIZES = ['32', '64', '128'];
const SWEEP = [
  ...['compare', 'lenet5', '--train', '--dataset', 'digits', '--limit', '2000,500', '--epochs', '1'],
  ...['--vary', `learningRate=${RATES.join()}`, '--vary', `batchSize=${SIZES.join()}`, '--seeds', '3'],
  ...['--threads', '1'],
];
const RUNS = [1, 2, 3].flatMap((seed) =>
  RATES.flatMap((rate) => SIZES.map((size) => `lenet5,learningRate=${rate},batchSize=${size},seed=${seed}`)),
);

const comparison = (dir: string) => new WatchedComparison(join(folder, dir), RUNS);

/** Runs the program in a process group of its own, so that it and all that it starts can be killed at once. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [program(), ...args], {
    cwd: folder,
    env: plainEnv(env),
    stdio: 'ignore',
    detached: true,
  });
}

function finish(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program(), ...args], {
    cwd: folder,
    env: plainEnv(env),
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  return stdout;
}

/** Runs commands two at a time, as xargs does. */
function startCommands(lines: string): ChildProcess {
  const script = `cnnzoo() { '${process.execPath}' '${program()}' "$@"; }; export -f cnnzoo; xargs -P 2 -d '\\n' -I{} bash -c '{} > /dev/null 2>&1'`;
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    env: plainEnv(),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin!.end(lines);
  return child;
}

const killGroup = (child: ChildProcess) => process.kill(-child.pid!, 'SIGKILL');
const ended = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.on('close', () => resolve()));

test('27 runs that nobody disturbs', () => {
  const begin = performance.now();
  finish([...SWEEP, '--run-dir', 'plain']);
  console.log(`27 runs one after the other: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  assert.is(comparison('plain').done, 27);
});

test('two at a time, killed; by commands, killed; the rest two at a time: the same bits', async () => {
  const watched = comparison('mixed');
  const first = start([...SWEEP, '--run-dir', 'mixed', '--jobs', '2']);
  await until(() => watched.done >= 4 && watched.training > 0, 'four runs');
  killGroup(first);
  await ended(first);
  // Its processes stop by themselves, and save what they have.
  await until(() => watched.training === 0, 'the end of its processes');
  const lines = finish(['compare', '--resume', 'mixed', '--launcher', 'commands']);
  assert.is(lines.trim().split('\n').length, 27 - watched.done);
  const commands = startCommands(lines);
  const before = watched.done;
  await until(() => watched.done >= before + 4 && watched.training > 0, 'four more runs');
  killGroup(commands);
  await ended(commands);
  finish(['compare', '--resume', 'mixed', '--jobs', '2']);
  watched.requireSameBits(join(folder, 'plain'));
});

test('a machine that is stopped for a minute keeps what it owns, and comes back', async () => {
  // Each with a name, a network and processes of its own, as two machines on one file system.
  const machine = (name: string) =>
    spawn(
      'unshare',
      [
        ...['--uts', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c'],
        `hostname ${name} && exec "$@"`,
        'sh',
        process.execPath,
        program(),
        ...['compare', '--resume', 'machines', '--json'],
      ],
      { cwd: folder, env: plainEnv(), stdio: 'ignore', detached: true },
    );
  finish([...SWEEP, '--run-dir', 'machines', '--launcher', 'commands']);
  const watched = comparison('machines');
  const left = machine('left');
  await until(() => watched.training > 0, 'a training');
  process.kill(-left.pid!, 'SIGSTOP');
  const owned = RUNS.find((run) => watched.statusOf(run) === 'running')!;
  const right = machine('right');
  await sleep(60_000);
  assert.is(watched.infoOf(owned)!.owner.host, 'left');
  assert.is(watched.statusOf(owned), 'running');
  await ended(right);
  assert.is(watched.done, 26, 'all but the one that is stopped');
  process.kill(-left.pid!, 'SIGCONT');
  await ended(left);
  watched.requireSameBits(join(folder, 'plain'));
  assert.is(watched.infoOf(owned)!.owner.host, 'left');
});

test('64 tiny trainings, two at a time, take little more than their steps', () => {
  const begin = performance.now();
  const vary = `seed=${Array.from({ length: 64 }, (_, i) => i).join()}`;
  const tiny = [
    'compare',
    'mnist-mlp',
    '--train',
    '--dataset',
    'digits',
    '--limit',
    '500,500',
    '--epochs',
    '1',
  ];
  const flags = ['--vary', vary, '--jobs', '2', '--run-dir', 'tiny', '--columns', 'run,seconds', '--json'];
  const { rows } = JSON.parse(finish([...tiny, ...flags])) as { rows: { seconds: number }[] };
  const seconds = (performance.now() - begin) / 1000;
  const steps = rows.reduce((sum, row) => sum + row.seconds, 0);
  const allowed = 1.2 * (steps / 2) + 0.3 * 64;
  console.log(
    `64 tiny trainings: ${seconds.toFixed(1)} s; their own seconds ${steps.toFixed(1)}, allowed ${allowed.toFixed(1)}`,
  );
  assert.is(rows.length, 64);
  assert.ok(seconds <= allowed);
});

/** The blocks of shell of a section of a page. */
function blocksOf(page: string, section: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').split(`## ${section}\n`)[1]!.split('\n## ')[0]!;
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);
}

const missing = slurmMissing();

test('the recipes of sweeps do what they say', async () => {
  const slurm = missing === null ? await Slurm.start(temporaryFolder(), 2) : null;
  const here = temporaryFolder();
  try {
    for (const block of blocksOf('docs/recipes.md', 'An engineer: sweeps')) {
      if (slurm === null && block.includes('slurm')) continue;
      // The program by its name, also for the shells that xargs starts.
      const named = `mkdir -p .bin && printf '#!/bin/sh\\nexec "${process.execPath}" "${program()}" "$@"\\n' > .bin/cnnzoo && chmod +x .bin/cnnzoo && export PATH="$PWD/.bin:$PATH"`;
      const { status, stdout, stderr } = spawnSync('bash', ['-ec', `${named}\n${block}`], {
        cwd: here,
        env: plainEnv(slurm?.env),
        encoding: 'utf8',
      });
      assert.is(status, 0, `${block}\n${stderr}`);
      console.log(`${block.split('\n')[0]}: ${stdout.trim().split('\n').length} lines`);
    }
    const { rows } = JSON.parse(
      spawnSync(process.execPath, [program(), 'runs', '--json'], { cwd: here, encoding: 'utf8' }).stdout,
    ) as { rows: unknown[] };
    assert.is(rows.length, 18 + 8 + (slurm === null ? 0 : 8));
  } finally {
    slurm?.stop();
  }
});

if (missing !== null) console.log(missing);
else {
  test('by Slurm: a cell killed, the job cancelled, gone on with here; begun here, ended by Slurm: the same bits', async () => {
    const slurm = await Slurm.start(temporaryFolder(), 2);
    try {
      const watched = comparison('slurm');
      const said = finish([...SWEEP, '--run-dir', 'slurm', '--launcher', 'slurm'], slurm.env);
      assert.match(said, /Submitted 27 runs as Slurm job \d+/);
      await until(() => watched.done >= 3 && watched.training > 0, 'three runs');
      const victim = RUNS.find((run) => watched.statusOf(run) === 'running')!;
      process.kill(watched.infoOf(victim)!.owner.pid, 'SIGKILL');
      await until(() => watched.done >= 6, 'six runs');
      slurm.cancelAll();
      await until(() => !slurm.isBusy(), 'the end of the job');
      finish(['compare', '--resume', 'slurm', '--jobs', '2']);
      watched.requireSameBits(join(folder, 'plain'));

      const other = comparison('begun');
      const here = start([...SWEEP, '--run-dir', 'begun', '--jobs', '2']);
      await until(() => other.done >= 4, 'four runs');
      killGroup(here);
      await until(() => other.training === 0, 'the end of its processes');
      const table = finish(['compare', '--resume', 'begun', '--launcher', 'slurm', '--wait'], slurm.env);
      assert.match(table, /Test accuracy of lenet5 by learningRate \(down\) and batchSize \(across\)/);
      other.requireSameBits(join(folder, 'plain'));
    } finally {
      slurm.stop();
    }
  });

  test('Ctrl-C leaves a job of Slurm alone where nobody can be asked, and says how it is ended', async () => {
    const slurm = await Slurm.start(temporaryFolder(), 2);
    try {
      const child = spawn(
        process.execPath,
        [program(), ...SWEEP, '--run-dir', 'left', '--launcher', 'slurm', '--wait'],
        { cwd: folder, env: plainEnv(slurm.env), stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      await until(() => comparison('left').done >= 1, 'a run');
      child.kill('SIGINT');
      await ended(child);
      assert.is(child.exitCode, 130, said);
      assert.match(said, /Slurm job \d+ goes on; this ends it: scancel \d+/);
      assert.ok(slurm.isBusy());
      execFileSync('scancel', ['--user', 'root'], { env: { ...process.env, ...slurm.env } });
      await until(() => !slurm.isBusy(), 'the end of the job');
    } finally {
      slurm.stop();
    }
  });
}

test.run();
