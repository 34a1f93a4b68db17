import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../base/errors.js';
import type { AnyCommand } from '../../cli/command.js';
import type { Finding } from '../../tasks/doctor/finding.js';
import { paneOf } from './panes/index.js';
import { begun, failed, refused } from './panes/runs/started.js';
import { lineOf } from './parts/words.js';
import { isAnswered, withAnswer } from './services/answer.js';
import { jsonOf, type StartedTraining, startTraining } from './services/children.js';
import type { PlacedTraining } from './services/place-training.js';
import type { RunSource } from './services/run-source.js';
import { weightsVersion } from './services/weights-version.js';
import { WorkerClient } from './services/worker-client.js';
import type { ZooRows } from './services/zoo-rows.js';
import { keyOfQuestion, type Need, type Question } from './state/effect.js';
import type { RunsState } from './state/runs-state.js';
import { type StudioState, saying, withList } from './state/studio-state.js';

type Change = (state: StudioState) => StudioState;

/** How often the folder of runs is looked at. */
const LOOK_MS = 1000;
/** How often data sets are looked for, while they are in sight. */
const DATASETS_MS = 3000;
/** How often a run that is looked into is asked for other weights: what is shown of them takes time from its training. */
const WEIGHTS_MS = 4000;
/** How long a cursor rests before what is under it is read. */
const SETTLED_MS = 40;
/** For how long it is believed that something cannot be answered; what happens after that asks again. */
const AGAIN_MS = 5000;

export interface SourcesOptions {
  /** Of runs. */
  readonly folder: string;
  readonly tell: (change: Change) => void;
  readonly state: () => StudioState;
  readonly trainCommand: () => Promise<AnyCommand>;
}

/** Where the state's facts come from: the zoo, the folder of runs, the worker, commands. Each tells bit by bit what is new. */
export class Sources {
  readonly #folder: string;
  readonly #tell: (change: Change) => void;
  readonly #state: () => StudioState;
  readonly #trainCommand: () => Promise<AnyCommand>;
  readonly #worker: WorkerClient;
  readonly #trainings = new Map<string, StartedTraining>();
  /** What is being seen to, so that it is not asked for twice. */
  readonly #pending = new Set<string>();
  /** Folders of trainings that have ended: what has no run there by now will have none. */
  readonly #over = new Set<string>();
  #runs: RunSource | undefined;
  #zoo: ZooRows | undefined;
  #datasetsAt = 0;
  #weightsAt = 0;
  #curves: readonly string[] = [];
  /** The run that is looked into. */
  #looked: string | null = null;
  /** Questions without an answer, and since when. */
  readonly #problems = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ folder, tell, state, trainCommand }: SourcesOptions) {
    this.#folder = folder;
    this.#tell = tell;
    this.#state = state;
    this.#trainCommand = trainCommand;
    this.#worker = new WorkerClient((question, answer) => {
      if ('problem' in answer) this.#problems.set(keyOfQuestion(question), performance.now());
      else this.#problems.delete(keyOfQuestion(question));
      this.#tell((before) => withAnswer(before, question, answer));
      this.meet(this.#state());
    });
  }

  /** Begins to tell; what is read first is what the first picture lacks. */
  start(): void {
    setImmediate(() => void this.#begin().catch((error: unknown) => this.#report(error)));
  }

  async #begin(): Promise<void> {
    const { ZooRows } = await import('./services/zoo-rows.js');
    this.#zoo = new ZooRows();
    this.#lookAtZoo();
    const { RunSource } = await import('./services/run-source.js');
    this.#runs = new RunSource(this.#folder);
    this.#look();
    this.meet(this.#state());
  }

  #lookAtZoo(): void {
    this.#tell((state) => {
      const zoo = this.#zoo?.look(state.zoo) ?? state.zoo;
      return zoo === state.zoo ? state : { ...state, zoo };
    });
  }

  /** One model after the other, so that keys come between them. */
  async #readFigures(): Promise<void> {
    const zoo = await import('./services/zoo-source.js');
    const next = () =>
      this.#state().zoo.rows.find(({ figures, problem }) => figures === null && problem === null);
    for (;;) {
      const known = next();
      if (known === undefined || this.#isClosed) return;
      const read = await zoo.withFigures(known);
      this.#tell((state) => ({
        ...state,
        zoo: { ...state.zoo, rows: state.zoo.rows.map((one) => (one === known ? read : one)) },
      }));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
    this.#worker.close();
  }

  /** Looks at the folder of runs now. */
  refresh(): void {
    if (this.#runs !== undefined) this.#look();
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const source = this.#runs!;
    let left = false;
    this.#tell((state) => {
      const looked = source.look(state.runs, this.#curves);
      left = looked.left;
      let { state: runs } = looked;
      if (!left) {
        const read = source.readConfigs(runs);
        runs = read.state;
        left = read.left;
      }
      if (!left) runs = this.#withoutEnded(runs);
      const said = this.#withWords(runs.starting);
      if (said !== runs.starting) runs = { ...runs, starting: said };
      return runs === state.runs ? state : { ...state, runs };
    });
    this.#lookAround(this.#state());
    this.#timer = setTimeout(() => this.#look(), left ? 5 : LOOK_MS);
  }

  /** Looks again at what the pane in sight shows of files that others may change. */
  #lookAround(state: StudioState): void {
    const { pane, data } = state;
    if (pane === 'look') this.#lookAtWeights(state);
    if (pane === 'zoo') this.#lookAtZoo();
    const areSeen = pane === 'data' || state.overlay?.kind === 'form';
    if (areSeen && data.rows !== null && performance.now() - this.#datasetsAt > DATASETS_MS)
      this.#once('datasets', () => this.#readDatasets());
  }

  /** Goes over to other weights once all is answered about those before, so that what stands side by side is of the same. */
  #lookAtWeights(state: StudioState): void {
    const looked = this.#looked;
    const now = performance.now();
    if (looked === null || now - this.#weightsAt < WEIGHTS_MS) return;
    if (this.#worker.isBusy || !questionsOf(state).every((one) => isAnswered(state, one))) return;
    this.#weightsAt = now;
    this.#tell((before) => withVersion(before, looked));
  }

  /** Without those that were about to start and have ended as they were asked to: all runs are known now. */
  #withoutEnded(runs: RunsState): RunsState {
    if (this.#over.size === 0) return runs;
    const starting = runs.starting.filter(({ dir, hasFailed }) => hasFailed || !this.#over.has(dir));
    this.#over.clear();
    return starting.length === runs.starting.length ? runs : { ...runs, starting };
  }

  /** What trainings that have no run yet have said. */
  #withWords(starting: StudioState['runs']['starting']): StudioState['runs']['starting'] {
    if (
      starting.every(
        ({ dir, said, hasFailed }) => hasFailed || (this.#trainings.get(dir)?.said() ?? said) === said,
      )
    )
      return starting;
    return starting.map((one) =>
      one.hasFailed ? one : { ...one, said: this.#trainings.get(one.dir)?.said() ?? one.said },
    );
  }

  /** Sees to what the pane in sight needs to know. */
  meet(state: StudioState): void {
    if (this.#isClosed) return;
    if (state.overlay?.kind === 'form' && state.data.rows === null)
      this.#meetOne(state, { need: 'datasets' });
    const needs = paneOf(state).needs(state);
    for (const need of needs) if (need.need !== 'answer') this.#meetOne(state, need);
    if (this.#worker.isBusy) return;
    const question = questionsOf(state).find((one) => this.#isOpen(state, one));
    if (question !== undefined) this.#worker.ask(question);
  }

  /** Whether a question is to be asked: also again, some time after something went wrong with it. */
  #isOpen(state: StudioState, question: Question): boolean {
    if (!isAnswered(state, question)) return true;
    const since = this.#problems.get(keyOfQuestion(question));
    return since !== undefined && performance.now() - since > AGAIN_MS;
  }

  #meetOne(state: StudioState, need: Exclude<Need, { need: 'answer' }>): void {
    switch (need.need) {
      case 'model':
        if (state.zoo.details[need.model] === undefined)
          this.#once(`model ${need.model}`, () => this.#readModel(need.model));
        return;
      case 'figures':
        this.#once('figures', () => this.#readFigures());
        return;
      case 'curves':
        if (this.#curves.join('\n') === need.dirs.join('\n')) return;
        this.#curves = need.dirs;
        // Who goes through the list waits for none of the runs in between.
        clearTimeout(this.#soon);
        this.#soon = setTimeout(() => this.refresh(), SETTLED_MS).unref();
        return;
      case 'datasets':
        this.#once('datasets', () => this.#readDatasets());
        return;
      case 'findings':
        this.#once('findings', () => this.#examine());
        return;
      case 'version':
        this.#looked = need.run;
        if (state.look.versions[need.run] === undefined) this.#tell((now) => withVersion(now, need.run));
        return;
    }
  }

  #once(what: string, work: () => Promise<void>): void {
    if (this.#pending.has(what)) return;
    this.#pending.add(what);
    void work()
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#pending.delete(what));
  }

  #report(error: unknown): void {
    this.#tell((state) => saying(state, messageOf(error), 'bad'));
  }

  async #readModel(model: string): Promise<void> {
    const rowOf = ({ zoo }: StudioState) => zoo.rows.find((row) => row.model === model);
    const version = rowOf(this.#state())?.version;
    const { modelDetail, trainingChoices } = await import('./services/zoo-source.js');
    // Who goes through the list waits for none of the models in between.
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    if (!isNeeded(this.#state(), model)) return;
    const detail = await modelDetail(model).catch((error: unknown) => messageOf(error));
    const here =
      this.#state()
        .data.rows?.filter(({ available }) => available)
        .map(({ name }) => name) ?? null;
    const choices = await trainingChoices(here, await this.#trainCommand());
    this.#tell((state) => {
      if (rowOf(state)?.version !== version) return state;
      const details = { ...state.zoo.details, [model]: detail };
      return { ...state, zoo: { ...state.zoo, choices, details } };
    });
  }

  async #readDatasets(): Promise<void> {
    const { datasetRows } = await import('../../data/listing.js');
    const rows = await datasetRows(undefined);
    this.#datasetsAt = performance.now();
    this.#tell((state) =>
      isDeepStrictEqual(rows, state.data.rows) ? state : { ...state, data: { ...state.data, rows } },
    );
  }

  examine(): void {
    this.#once('findings', () => this.#examine());
  }

  async #examine(): Promise<void> {
    const findings = await jsonOf(['doctor', '--json']).then(
      (found) => found as readonly Finding[],
      (error: unknown) => messageOf(error),
    );
    this.#tell((state) => ({ ...state, machine: { findings, isExamining: false } }));
  }

  /** Starts a training that outlives the studio, or says what is wrong with its command line. */
  async train(words: readonly string[]): Promise<void> {
    try {
      const { placeTraining } = await import('./services/place-training.js');
      const taken = this.#state().runs.starting.map(({ dir }) => dir);
      const placed = await placeTraining(words, await this.#trainCommand(), { folder: this.#folder, taken });
      this.#start(placed, words);
    } catch (error) {
      this.#tell((state) => refused(state, words, messageOf(error)));
    }
  }

  #start({ words, dir, isResumed }: PlacedTraining, asked: readonly string[]): void {
    const training = startTraining(words, dir);
    const line = lineOf(words);
    if (!isResumed) this.#trainings.set(dir, training);
    this.#tell((state) => begun(state, { dir, line, asked, isResumed }));
    training.onEnd((code) => {
      this.#over.add(dir);
      const isFailed = code !== 0 && code !== 130;
      if (isFailed) {
        const said = training.said();
        this.#tell((state) => failed(state, dir, said));
      }
      this.refresh();
    });
    setTimeout(() => this.refresh(), 300).unref();
  }

  async remove(dirs: readonly string[]): Promise<void> {
    const { removeAll } = await import('../../runs/watch/removing.js');
    try {
      await removeAll(dirs, () => {});
      this.#tell((state) =>
        saying(
          withoutMarks(state, dirs),
          dirs.length === 1 ? 'It is gone.' : 'They are gone.',
          'good',
          state.said?.line ?? null,
        ),
      );
    } catch (error) {
      this.#report(error);
    }
    this.refresh();
  }
}

/** What the pane in sight asks the worker, the most urgent first. */
function questionsOf(state: StudioState): Question[] {
  return paneOf(state)
    .needs(state)
    .flatMap((need) => (need.need === 'answer' ? [need.question] : []));
}

/** Whether the pane in sight still shows this model. */
function isNeeded(state: StudioState, model: string): boolean {
  return paneOf(state)
    .needs(state)
    .some((need) => need.need === 'model' && need.model === model);
}

/** With the version of the weights that a run has to show. */
function withVersion(state: StudioState, run: string): StudioState {
  const { look } = state;
  const version = weightsVersion(run);
  if (look.versions[run] === version) return state;
  return { ...state, look: { ...look, versions: { ...look.versions, [run]: version } } };
}

function withoutMarks(state: StudioState, dirs: readonly string[]): StudioState {
  const marks = state.lists.runs.marks.filter((mark) => !dirs.includes(mark));
  return withList(state, 'runs', { marks });
}
