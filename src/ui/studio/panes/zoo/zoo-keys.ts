import { showing } from '../../overlays/showing.js';
import { chosenRows, currentRow } from '../../parts/rows.js';
import { lineOf } from '../../parts/words.js';
import { toggled } from '../../state/list-state.js';
import { type Binding, type Direction, step } from '../../state/pane.js';
import { type StudioState, saying, withList } from '../../state/studio-state.js';
import type { ModelDetail, ZooRow } from '../../state/zoo-state.js';
import { trainForm } from './train-form.js';
import { zooList } from './zoo-list.js';

export function currentModel(state: StudioState): ZooRow | undefined {
  return currentRow(zooList, state, state.lists.zoo);
}

/** The model under the cursor, once it is read. */
export function currentDetail(state: StudioState): ModelDetail | undefined {
  const row = currentModel(state);
  const detail = row && state.zoo.details[row.model];
  return typeof detail === 'object' ? detail : undefined;
}

function chosenModels(state: StudioState): string[] {
  return chosenRows(zooList, state, state.lists.zoo).map(({ model }) => model);
}

const hasModel = (state: StudioState) => currentModel(state) !== undefined;
const compareWords = (state: StudioState) => ['compare', ...chosenModels(state)];

export const zooKeys: readonly Binding[] = [
  {
    keys: ['t'],
    label: 'train',
    help: 'Train the model: a form with the values of its config, and the command line that it stands for',
    isOpen: hasModel,
    line: (state) => {
      const model = currentModel(state);
      return model ? lineOf(['train', model.model]) : null;
    },
    act(state) {
      const detail = currentDetail(state);
      const row = currentModel(state)!;
      if (detail === undefined) return step(saying(state, `${row.model} is not read yet.`, 'warning'));
      if (detail.training.optimizer === null)
        return step(
          saying(
            state,
            `${row.model} says nothing of its training: add "training: {optimizer: adam}".`,
            'warning',
          ),
        );
      return step({ ...state, overlay: trainForm(row.model, detail.training, state.zoo.choices) });
    },
  },
  {
    keys: [' '],
    label: 'mark',
    help: 'Mark the model, or no longer: several are compared',
    isOpen: hasModel,
    act: (state) =>
      step(withList(state, 'zoo', { marks: toggled(state.lists.zoo.marks, currentModel(state)!.model) })),
  },
  {
    keys: ['c'],
    label: 'compare',
    help: 'Compare the marked models: size, cost, memory, receptive field',
    isOpen: hasModel,
    line: (state) => lineOf(compareWords(state)),
    act: (state) => showing(state, compareWords(state)),
  },
  {
    keys: ['a'],
    label: 'drawing',
    help: 'Show the layers as a table, or the architecture to scale',
    isOpen: hasModel,
    line: (state) =>
      currentModel(state) ? lineOf(['visualize', 'architecture', currentModel(state)!.model]) : null,
    act(state) {
      const view = state.zoo.view === 'layers' ? 'drawing' : 'layers';
      const words = view === 'drawing' ? ['visualize', 'architecture'] : ['summary'];
      const said = { line: lineOf([...words, currentModel(state)!.model]), text: '', tone: 'quiet' as const };
      return step({ ...state, said, zoo: { ...state.zoo, view, scroll: 0 } });
    },
  },
  {
    keys: ['e'],
    label: 'explain',
    help: "Every layer's arithmetic with its numbers filled in",
    isOpen: hasModel,
    line: (state) =>
      currentModel(state) ? lineOf(['summary', currentModel(state)!.model, '--explain']) : null,
    act: (state) => showing(state, ['summary', currentModel(state)!.model, '--explain']),
  },
  {
    keys: ['b'],
    label: 'bench',
    help: 'How fast a training step of the model is on this machine',
    isQuiet: true,
    isOpen: hasModel,
    line: (state) => (currentModel(state) ? lineOf(['bench', currentModel(state)!.model]) : null),
    act: (state) => showing(state, ['bench', currentModel(state)!.model]),
  },
];

const PAGE = 10;

/** Moves through the layers of the model, or down its drawing. */
export function moveInModel(state: StudioState, direction: Direction): StudioState | null {
  const detail = currentDetail(state);
  const by = {
    up: -1,
    down: 1,
    pageup: -PAGE,
    pagedown: PAGE,
    home: -Infinity,
    end: Infinity,
    left: 0,
    right: 0,
  }[direction];
  if (detail === undefined || by === 0) return null;
  const { zoo } = state;
  const last = detail.summary.layers.length - 1;
  if (zoo.view === 'layers') return { ...state, zoo: { ...zoo, layer: clamped(zoo.layer + by, last) } };
  return { ...state, zoo: { ...zoo, scroll: clamped(zoo.scroll + by, 2 * last) } };
}

function clamped(place: number, last: number): number {
  return Math.max(0, Math.min(last, place));
}
