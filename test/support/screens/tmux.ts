import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../folders.js';

/** Why no real terminal can be had on this machine, for the log; null where one can. */
export const tmuxMissing: string | null =
  spawnSync('tmux', ['-V']).status === 0 ? null : 'skipped: there is no tmux (Debian: apt-get install tmux)';

let count = 0;

export interface TerminalSetup {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the programs in it are told that it is. */
  readonly term?: string;
}

/** A real terminal, with a shell in it: keys in, a screen out. */
export class Terminal {
  readonly #socket = `cnnzoo-test-${process.pid}-${++count}`;
  #record = '';

  constructor({ columns, rows, cwd, env = {}, term = 'xterm-256color' }: TerminalSetup) {
    const { NO_COLOR: _n, FORCE_COLOR: _f, CI: _c, LC_ALL: _l, TMUX: _t, ...own } = process.env;
    // The options are read by a server as it starts, before there is a session that they would come too late for.
    const options = [
      'set',
      '-g',
      'default-terminal',
      term,
      ';',
      'set',
      '-g',
      'status',
      'off',
      ';',
      'set',
      '-g',
      'escape-time',
      '0',
      ';',
    ];
    const shell = ['bash', '--norc', '--noprofile'];
    execFileSync(
      'tmux',
      [
        '-L',
        this.#socket,
        '-f',
        '/dev/null',
        'start-server',
        ';',
        ...options,
        'new-session',
        '-d',
        '-x',
        String(columns),
        '-y',
        String(rows),
        ...shell,
      ],
      { cwd, env: { ...own, LANG: 'C.UTF-8', PS1: '$ ', COLORTERM: '', TZ: 'UTC', ...env } },
    );
  }

  /** Types a text as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  /** Presses keys by the names that tmux has for them: `Enter`, `C-z`, `Up`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Pastes a text, as a terminal does: told as such to a program that asked for it. */
  paste(text: string): void {
    this.#tmux('set-buffer', text);
    this.#tmux('paste-buffer', '-p', '-r');
  }

  /** Keeps what programs write to the terminal from now on. */
  record(): void {
    this.#record = join(temporaryFolder(), 'written');
    this.#tmux('pipe-pane', '-o', `cat > ${this.#record}`);
  }

  recorded(): string {
    return readFileSync(this.#record, 'utf8');
  }

  /** A line for the shell. */
  run(line: string): void {
    this.type(line);
    this.press('Enter');
  }

  /** What can be seen, without colours, as lines without the blanks at their ends. */
  screen(): string[] {
    return this.#tmux('capture-pane', '-p')
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  /** The same with the sequences that set colours, and what has scrolled out. */
  history(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-S', '-');
  }

  colours(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Waits until the screen is as wanted. @throws Error with the screen where it never is */
  async until(
    wanted: RegExp | ((screen: string) => boolean),
    what = String(wanted),
    seconds = 20,
  ): Promise<string> {
    const holds = typeof wanted === 'function' ? wanted : (screen: string) => wanted.test(screen);
    const end = Date.now() + 1000 * seconds;
    for (;;) {
      const screen = this.screen().join('\n');
      if (holds(screen)) return screen;
      if (Date.now() > end) throw new Error(`Never seen: ${what}\n${screen}`);
      await sleep(25);
    }
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** A fact of the terminal, `alternate_on` or `cursor_flag`. */
  fact(name: string): string {
    return this.#tmux('display-message', '-p', `#{${name}}`).trim();
  }

  /** The process id of the shell. */
  get shell(): number {
    return Number(this.fact('pane_pid'));
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
  }

  #tmux(...words: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...words], { encoding: 'utf8' });
  }
}
