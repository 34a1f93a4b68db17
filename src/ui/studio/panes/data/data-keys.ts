import { showing } from '../../overlays/showing.js';
import { lineOf } from '../../parts/words.js';
import type { Question } from '../../state/effect.js';
import { type Binding, step } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';
import { currentDataset } from './data-list.js';

const has = (state: StudioState) => currentDataset(state) !== undefined;
const nameOf = (state: StudioState) => currentDataset(state)?.name ?? 'NAME';
const isFetched = (state: StudioState) => currentDataset(state)?.kind === 'download';

/** What is asked for the sheet of the data set under the cursor; null where there are no images to show. */
export function sheetQuestion(state: StudioState): Question | null {
  const row = currentDataset(state);
  if (!row?.available) return null;
  const { name, folder } = row;
  return { ask: 'sheet', dataset: name, isAugmented: state.data.isAugmented, version: folder ?? '' };
}

function showWords({ data }: StudioState, name: string): string[] {
  return ['datasets', 'show', name, ...(data.isAugmented ? ['--augment'] : [])];
}

export const dataKeys: readonly Binding[] = [
  {
    keys: ['a'],
    label: 'augmentation',
    help: 'Images as they are, or as the first model of the zoo with an augmentation sees them in training',
    isOpen: has,
    line: (state) =>
      lineOf(
        showWords({ ...state, data: { ...state.data, isAugmented: !state.data.isAugmented } }, nameOf(state)),
      ),
    act(state) {
      const next = { ...state, data: { ...state.data, isAugmented: !state.data.isAugmented, scroll: 0 } };
      return step({
        ...next,
        said: { line: lineOf(showWords(next, nameOf(next))), text: '', tone: 'quiet' },
      });
    },
  },
  {
    keys: ['f'],
    label: 'fetch',
    help: 'Fetch the data set from where it is published',
    isOpen: isFetched,
    line: (state) => lineOf(['datasets', 'fetch', nameOf(state)]),
    act: (state) => showing(state, ['datasets', 'fetch', nameOf(state)]),
  },
  {
    keys: ['v'],
    label: 'verify',
    help: 'Whether its files are those that were published',
    isOpen: isFetched,
    line: (state) => lineOf(['datasets', 'verify', nameOf(state)]),
    act: (state) => showing(state, ['datasets', 'verify', nameOf(state)]),
  },
];
