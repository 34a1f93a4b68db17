/** What an action wants done outside of the state: plain data, so that a test sees what a key would do. */
export type Effect =
  /** Ends the studio; trainings go on. */
  | { readonly do: 'leave'; readonly code: number }
  | { readonly do: 'suspend' }
  | { readonly do: 'redraw' }
  /** A training in a process of its own, which outlives the studio, unless its command line is wrong. */
  | { readonly do: 'train'; readonly words: readonly string[] }
  /** A command whose output is shown here. */
  | { readonly do: 'command'; readonly words: readonly string[] }
  /** A command that needs the terminal for itself. */
  | { readonly do: 'lend'; readonly words: readonly string[] }
  /** Ends the command whose output is shown. */
  | { readonly do: 'cancel' }
  | { readonly do: 'signal'; readonly pid: number; readonly signal: NodeJS.Signals }
  | { readonly do: 'remove'; readonly dirs: readonly string[] }
  /** Candidates for the last word of the prompt. */
  | { readonly do: 'complete'; readonly text: string }
  /** Looks at this machine again. */
  | { readonly do: 'examine' };

/** What the panes in sight need to know; whoever runs the studio sees to it, once for each. */
export type Need =
  /** Of every model in the list. */
  | { readonly need: 'figures' }
  | { readonly need: 'model'; readonly model: string }
  | { readonly need: 'curves'; readonly dirs: readonly string[] }
  | { readonly need: 'datasets' }
  | { readonly need: 'findings' }
  /** Which weights a run has to show by now. */
  | { readonly need: 'version'; readonly run: string }
  | { readonly need: 'answer'; readonly question: Question };

/** What is asked of the worker, which has an engine. */
export type Question = Asked & {
  /** Of what it is asked about: the weights of a run change while it trains, and with them the answer. */
  readonly version: string;
};

type Asked =
  | { readonly ask: 'sheet'; readonly dataset: string; readonly isAugmented: boolean }
  /** null for the first test image of what the run was trained on. */
  | { readonly ask: 'seen'; readonly run: string; readonly image: string | null }
  | { readonly ask: 'maps'; readonly run: string; readonly image: string; readonly layer: string }
  | { readonly ask: 'filters'; readonly run: string; readonly layer: string }
  | {
      readonly ask: 'value';
      readonly run: string;
      readonly image: string;
      readonly layer: string;
      readonly place: readonly number[];
      /** Room for the answer. */
      readonly width: number;
      readonly rows: number;
    }
  | { readonly ask: 'mistakes'; readonly run: string }
  | { readonly ask: 'responses'; readonly run: string; readonly layer: string }
  /** By the maps of a layer; null for the last one that has places. */
  | { readonly ask: 'gradcam'; readonly run: string; readonly image: string; readonly layer: string | null }
  | { readonly ask: 'occlusion'; readonly run: string; readonly image: string };

/** What tells one question from another. */
export function keyOfQuestion(question: Question): string {
  return keyOfVersions(question) + question.version;
}

/** How the keys begin of a question about whatever version. */
export function keyOfVersions({ version: _, ...asked }: Question): string {
  return `${Object.values(asked).join('\n')}\n`;
}

/** The answer to a question; the one about an earlier version until there is one. */
export function answerTo<T>(answers: Readonly<Record<string, T>>, question: Question): T | undefined {
  const answer = answers[keyOfQuestion(question)];
  if (answer !== undefined) return answer;
  const before = keyOfVersions(question);
  const key = Object.keys(answers).findLast((one) => one.startsWith(before));
  return key === undefined ? undefined : answers[key];
}
