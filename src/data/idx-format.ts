import { basename } from 'node:path';
import { contentSha256 } from './checksum.js';
import type { Format } from './format.js';
import {
  findIdxFiles,
  IDX_ROLES,
  type IdxPaths,
  type IdxRole,
  publishedName,
  readIdxDataset,
} from './idx-dataset.js';

/** Data sets in MNIST's form: four IDX files, which have the same names in all of them. */
export const IDX: Format = {
  roles: IDX_ROLES,
  publishedName: (role) => publishedName(role as IdxRole),
  find: findIdxFiles,
  // The test labels tell whose files they are, being different for each and small.
  async otherOwner(source, { testLabels }, sources) {
    if (testLabels === undefined) return undefined;
    // A file that cannot be read through is for its reader to complain about.
    const sha256 = await contentSha256(testLabels).catch(() => undefined);
    if (sha256 === undefined) return undefined;
    return sources.find(({ name, files }) => name !== source.name && files.testLabels?.sha256 === sha256)
      ?.name;
  },
  async read({ name, classes, files: published }, files, about) {
    const paths = files as IdxPaths;
    const { dataset, sha256 } = await readIdxDataset(paths, { name, classes, ...about });
    const others = IDX_ROLES.filter((role) => sha256[role] !== published[role]?.sha256);
    return { dataset, others: others.map((role) => basename(paths[role])) };
  },
};
