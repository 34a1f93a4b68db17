import type { ChildProcess } from 'node:child_process';
import { delimiter, resolve } from 'node:path';
import { isThere } from '../../base/files/folders.js';
import { flagWords } from '../../cli/options.js';
import { type Ran, runChild } from '../../tasks/lessons/child.js';
import { keptFolder, prepareFolder } from '../../tasks/lessons/folder.js';
import type { Lesson, Line } from '../../tasks/lessons/lesson.js';
import { Interrupts } from '../../training/interrupts.js';
import { leaveAtOnce } from '../../ui/lines/leave.js';

interface Wish {
  /** Colour, or none, whatever the terminal is. */
  readonly color: boolean | undefined;
  readonly quiet: boolean;
  readonly dataDir: string | undefined;
}

/** Where the commands' output and the keys go. */
interface Places {
  readonly isShown: boolean;
  readonly hasKeys: boolean;
}

/** The commands of a lesson, one after the other, each in a process of its own that ends when this one is told to. */
export class LessonProcesses {
  readonly #folder: string;
  readonly interrupts: Interrupts;
  readonly #lesson: Lesson;
  readonly #wish: Wish;
  #child: ChildProcess | null = null;
  #hasRun = false;
  readonly #wasThere: boolean;

  constructor(lesson: Lesson, folder: string, wish: Wish) {
    this.#lesson = lesson;
    this.#folder = folder;
    this.#wasThere = isThere(folder);
    this.#wish = wish;
    this.interrupts = new Interrupts((signal) => {
      this.#tell(signal);
      leaveAtOnce(signal);
    });
    this.interrupts.onSignal = (request) =>
      this.#tell(request === 'now' ? this.interrupts.signal : 'SIGUSR2');
  }

  /** The folder, where commands left something in it; one that is empty goes away. */
  kept(): string | null {
    return this.#hasRun ? keptFolder(this.#folder, this.#wasThere) : null;
  }

  async run(places: Places, { words }: Line, isShown: boolean): Promise<Ran> {
    if (!this.#hasRun) await prepareFolder(this.#folder, this.#lesson);
    this.#hasRun = true;
    const { color, quiet } = this.#wish;
    const [name, ...rest] = words;
    // Before the words of the line, which may end in "--" and more.
    const wordsFor = (jsonFile: string) => [
      name!,
      ...flagWords({
        jsonFile,
        color: color || undefined,
        noColor: color === false || undefined,
        quiet: quiet || undefined,
        // A lesson's figures are those of its own command lines.
        noDefaults: true,
      }),
      ...rest,
    ];
    return runChild(wordsFor, {
      folder: this.#folder,
      env: this.#env(),
      isShown: places.isShown && isShown,
      hasKeys: places.hasKeys,
      onProcess: (child) => {
        this.#child = child;
      },
    });
  }

  /** A folder of data sets is meant as seen from here. */
  #env(): NodeJS.ProcessEnv {
    const folders = [this.#wish.dataDir ?? '', ...(process.env.CNNZOO_DATA ?? '').split(delimiter)];
    const data = folders.filter((folder) => folder !== '').map((folder) => resolve(folder));
    return data.length === 0 ? process.env : { ...process.env, CNNZOO_DATA: data.join(delimiter) };
  }

  /** Tells the command of a signal, unless its terminal has told it already. */
  #tell(signal: NodeJS.Signals): void {
    const isOnTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
    if (signal !== 'SIGINT' || !isOnTerminal) this.#child?.kill(signal);
  }
}
