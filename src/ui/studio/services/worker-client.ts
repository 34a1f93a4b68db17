import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { entryPoint } from '../../../base/files/places.js';
import { keyOfQuestion, type Question } from '../state/effect.js';
import type { Answer } from './answer.js';

/** After so long without a question the worker ends: an engine holds memory that others may need. */
const IDLE_MS = 180_000;

/** Asks the worker, a process with an engine; one question at a time, so that a newer one never waits behind many. */
export class WorkerClient {
  readonly #onAnswer: (question: Question, answer: Answer) => void;
  #child: ChildProcess | undefined;
  #asked: Question | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(onAnswer: (question: Question, answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  get isBusy(): boolean {
    return this.#asked !== undefined;
  }

  ask(question: Question): void {
    this.#asked = question;
    this.#child ??= this.#start();
    clearTimeout(this.#idle);
    this.#child.send(question);
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(entryPoint('ui/studio/services/worker')), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message) => this.#answered(message as { key: string; answer: Answer }));
    child.on('exit', (code, signal) => {
      this.#child = undefined;
      const question = this.#asked;
      this.#asked = undefined;
      if (question !== undefined)
        this.#onAnswer(question, {
          problem: `The process that computes has ended (${signal ?? `code ${code}`}).`,
        });
    });
    child.on('error', () => {});
    child.unref();
    child.channel?.unref();
    return child;
  }

  #answered({ key, answer }: { readonly key: string; readonly answer: Answer }): void {
    const question = this.#asked;
    if (question === undefined || keyOfQuestion(question) !== key) return;
    this.#asked = undefined;
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    this.#onAnswer(question, answer);
  }
}
