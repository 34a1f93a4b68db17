import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why no Slurm can be started here; null where one can. */
export function slurmMissing(): string | null {
  const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  const missing = ['slurmctld', 'slurmd', 'munged', 'sbatch'].filter((program) => !has(program));
  if (missing.length > 0)
    return `Slurm is not tried: ${missing.join(', ')} not installed (npm run test:slurm installs Debian's slurm-wlm).`;
  return process.getuid?.() === 0 ? null : 'Slurm is not tried: its daemons are started by root only.';
}

/** A Slurm of one node, this machine, that lives as long as a test. */
export class Slurm {
  /** What programs need in their environment to find it. */
  readonly env: { readonly SLURM_CONF: string };
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.env = { SLURM_CONF: join(folder, 'slurm.conf') };
  }

  static async start(folder: string, processors: number): Promise<Slurm> {
    const slurm = new Slurm(folder);
    for (const name of ['state', 'spool', 'log']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(slurm.env.SLURM_CONF, configOf(folder, processors));
    if (spawnSync('pgrep', ['-x', 'munged']).status !== 0) {
      execFileSync('sh', [
        '-c',
        'mkdir -p /run/munge && chown munge /run/munge && runuser -u munge -- munged',
      ]);
    }
    for (const daemon of ['slurmctld', 'slurmd'])
      execFileSync(daemon, [], { env: { ...process.env, ...slurm.env } });
    for (let i = 0; i < 100; i++) {
      if (slurm.#run('sinfo', ['-h', '-o', '%t']).trim() === 'idle') return slurm;
      await sleep(200);
    }
    throw new Error(`Slurm's node does not come up: ${slurm.#run('sinfo', [])}`);
  }

  /** Whether any job waits or runs. */
  isBusy(): boolean {
    return this.#run('squeue', ['-h']).trim() !== '';
  }

  cancelAll(): void {
    this.#run('scancel', ['--user', 'root']);
  }

  stop(): void {
    this.cancelAll();
    for (const name of ['slurmd.pid', 'slurmctld.pid']) {
      const file = join(this.#folder, name);
      if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')), 'SIGTERM');
    }
  }

  #run(program: string, args: readonly string[]): string {
    const { stdout } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, ...this.env },
    });
    return stdout;
  }
}

function configOf(folder: string, processors: number): string {
  const host = hostname();
  return `ClusterName=test
SlurmctldHost=${host}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd.log
SlurmctldPort=16917
SlurmdPort=16918
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
KillWait=10
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${processors} RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}
