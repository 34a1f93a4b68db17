import { formatInteger } from '../../base/text/format.js';
import type { DatasetRequest, PartName } from '../sets/dataset.js';

/** A picture by what it is the same as another in. */
export interface Fingerprint {
  /** Below the data folder. */
  readonly path: string;
  /** Of its file's size, beginning and end; its pixels as the network sees them, where it was decoded. */
  readonly marks: readonly string[];
}

const NOUNS: Readonly<Record<PartName, string>> = {
  train: 'training',
  validation: 'validation',
  test: 'test',
};

/** Warns of pictures for testing or validation that are also trained on, as the same file or with the same pixels. */
export function warnOfTwins(
  folder: string,
  prints: Readonly<Record<PartName, readonly Fingerprint[]>>,
  notify: DatasetRequest['notify'],
): void {
  const trained = new Map<string, string>();
  for (const { path, marks } of prints.train)
    for (const mark of marks) if (!trained.has(mark)) trained.set(mark, path);
  for (const part of ['test', 'validation'] as const) {
    const twins = prints[part].flatMap(({ path, marks }) => {
      const twin = marks.map((mark) => trained.get(mark)).find((other) => other !== undefined);
      return twin === undefined ? [] : [{ path, twin }];
    });
    const first = twins[0];
    if (first === undefined) continue;
    const [count, all] = [formatInteger(twins.length), formatInteger(prints[part].length)];
    notify({
      kind: 'warning',
      message:
        `${count} of ${all} ${NOUNS[part]} pictures in ${folder} ${twins.length === 1 ? 'is' : 'are'} also among the ` +
        `training pictures, such as ${first.path}, which is the same as ${first.twin}: figures on them do not tell ` +
        'how good a network is on new pictures.',
    });
  }
}
