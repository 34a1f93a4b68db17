import { sentence } from '../../base/text/visible.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import { createProgress } from './progress.js';
import { insist, tell } from './tell.js';

interface DataNotices {
  notify(notice: DataNotice): void;
  finish(): void;
}

/** Shows what the loading of images has to say: its progress on a line of its own, the rest through `say`. */
export function createDataNotices(say: (kind: 'notice' | 'warning', message: string) => void): DataNotices {
  const progress = createProgress({ stderr: process.stderr, env: process.env });
  return {
    notify(notice) {
      if (notice.kind === 'progress') progress.update(notice.task, notice.done, notice.total, notice.unit);
      else {
        progress.finish();
        say(notice.kind, sentence(notice.message));
      }
    },
    finish: () => progress.finish(),
  };
}

/** The same on standard error, a line each. */
export function dataNoticesInLines(): DataNotices {
  return createDataNotices((kind, message) => (kind === 'warning' ? insist : tell)(`${kind}: ${message}`));
}
