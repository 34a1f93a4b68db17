import { WorkError } from '../../base/errors.js';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { listed, plural } from '../../base/text/words.js';
import type { DatasetRequest } from '../sets/dataset.js';
import type { PictureFolders } from './picture-folders.js';
import { PICTURE_KINDS } from './picture-format.js';

const MOST_NAMED = 3;
const MOST_ENDINGS = 8;

/**
 * Says what a folder holds that is not read, and which folders within class folders are.
 * @throws WorkError with `strict`, where something is not read
 */
export function tellOverlooked(
  folder: string,
  found: PictureFolders,
  { strict, notify }: Pick<DatasetRequest, 'strict' | 'notify'>,
): void {
  const overlooked = [...otherFiles(found), ...pipes(found), ...strays(found)];
  if (overlooked.length > 0) {
    const what = `In ${folder} ${listed(overlooked, overlooked.length)}`;
    if (strict) throw new WorkError(`${what}; move or remove that, or leave out ${setting('strict')}.`);
    notify({ kind: 'warning', message: `${what}.` });
  }
  const { innerFolders } = found;
  if (innerFolders.length === 0) return;
  notify({
    kind: 'notice',
    message: `The pictures of ${listed(innerFolders, MOST_NAMED)} in ${folder} are read as those of the class folder around them.`,
  });
}

/** "12 files in class folders are not read (10 .heic and 2 .txt), since they are no JPEG, PNG, ... files" */
function otherFiles({ otherFiles }: PictureFolders): string[] {
  const counts = [...otherFiles].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const endings = listed(
    counts.map(([ending, count]) => `${formatInteger(count)} ${ending}`),
    MOST_ENDINGS,
  );
  const [files, are, they] = total === 1 ? ['file', 'is', 'it is'] : ['files', 'are', 'they are'];
  return [
    `${formatInteger(total)} ${files} in class folders ${are} not read (${endings}), since ${they} not called ${PICTURE_KINDS}`,
  ];
}

function pipes({ pipes }: PictureFolders): string[] {
  if (pipes.length === 0) return [];
  const [are, they] = pipes.length === 1 ? ['is', 'a pipe or a device'] : ['are', 'pipes or devices'];
  return [
    `${formatInteger(pipes.length)} of what is in class folders ${are} not read (${listed(pipes, MOST_NAMED)}), being ${they} and no ${plural(pipes.length, 'file')}`,
  ];
}

function strays({ strayPictures, strayFolders }: PictureFolders): string[] {
  const [pictures, folders] = [strayPictures.length, strayFolders.length];
  const are = (count: number): string => (count === 1 ? 'is' : 'are');
  return [
    ...(pictures === 0
      ? []
      : [
          `${formatInteger(pictures)} ${plural(pictures, 'picture')} outside class folders ${are(pictures)} not read ` +
            `(${listed(strayPictures, MOST_NAMED)})`,
        ]),
    ...(folders === 0
      ? []
      : [
          `the ${plural(folders, 'folder')} ${listed(strayFolders, MOST_NAMED)} beside the parts ${are(folders)} not read`,
        ]),
  ];
}
