import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { contentSha256 } from '../../base/files/checksum.js';
import { CSV, type CsvSet, csvSetOf, csvSetsIn, readCsvParts } from './csv-sets.js';
import type { FilePaths, Format } from './format.js';
import { assemble, type LabelledParts, readIdxParts } from './idx-dataset.js';
import {
  eachRole,
  findIdxFiles,
  IDX_ROLES,
  type IdxPaths,
  type IdxRole,
  publishedName,
} from './idx-names.js';

/** In what other forms than its four files a data set may lie in a folder. */
interface OtherForms {
  /** torchvision's folder, which holds `raw/`: "FashionMNIST". */
  readonly torchvision?: string;
  /** Names of archives as Keras has them: "mnist.npz". */
  readonly npz?: readonly string[];
  /** What the names of tables of pixels begin with: "fashion-mnist" for `fashion-mnist_train.csv`. */
  readonly csv?: readonly string[];
}

const NPZ = /\.npz$/i;

/** Data sets in MNIST's form: four IDX files, which have the same names in all of them. */
export function idxFormat({ torchvision, npz = [], csv = [] }: OtherForms = {}): Format {
  return {
    roles: IDX_ROLES,
    publishedName: (role) => publishedName(role as IdxRole),
    async find(folder) {
      const entries = await readdir(folder);
      const own = await findIdxFiles(folder);
      if (isComplete(own)) return own;
      for (const place of ['raw', ...(torchvision ? [join(torchvision, 'raw')] : [])]) {
        const files = await findIdxFiles(join(folder, place)).catch(() => ({}));
        if (isComplete(files)) return files;
      }
      const archive = npz.find((name) => entries.includes(name));
      if (archive !== undefined) return eachRole(() => join(folder, archive));
      const sets = await csvSetsIn(folder);
      const tables = csv.flatMap((prefix) => sets.find((set) => set.prefix === prefix) ?? [])[0];
      return tables?.train?.layout.labelAt === undefined ? own : tablePaths(tables);
    },
    // The test labels tell whose files they are, being different for each and small.
    async otherOwner(source, { testLabels }, sources) {
      if (testLabels === undefined || isOtherForm(testLabels)) return undefined;
      // A file that cannot be read through is for its reader to complain about.
      const sha256 = await contentSha256(testLabels).catch(() => undefined);
      if (sha256 === undefined) return undefined;
      return sources.find(({ name, files }) => name !== source.name && files.testLabels?.sha256 === sha256)
        ?.name;
    },
    async read({ name, classes, files: published }, files, about) {
      const notices: string[] = [];
      const parts = await readParts(files as IdxPaths, about.remedy, notices);
      const read = assemble(parts, { name, classes, ...about });
      const others = IDX_ROLES.filter((role) => read.sha256[role] !== published[role]?.sha256);
      return {
        dataset: read.dataset,
        others: [...new Set(others.map((role) => basename(files[role]!)))],
        notices: [...notices, ...read.notices],
      };
    },
  };
}

export const IDX: Format = idxFormat();

const isComplete = (files: FilePaths): boolean => IDX_ROLES.every((role) => files[role] !== undefined);

const isOtherForm = (path: string): boolean => NPZ.test(path) || CSV.test(path);

/** Where test images have no labels, some of the others stand in for them. */
function tablePaths({ train, test }: CsvSet): FilePaths {
  const forTest = test?.layout.labelAt === undefined ? train! : test;
  return eachRole((role) => (role.startsWith('train') ? train! : forTest).path);
}

async function readParts(files: IdxPaths, remedy: string, notices: string[]): Promise<LabelledParts> {
  const { trainImages } = files;
  if (NPZ.test(trainImages)) return (await import('./npz.js')).readNpz(trainImages, remedy);
  if (CSV.test(trainImages)) return readCsvParts((await csvSetOf(trainImages))!, notices);
  return readIdxParts(files, remedy);
}
