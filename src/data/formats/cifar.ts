import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CifarNames, CifarRecords } from './cifar-records.js';
import type { Format } from './format.js';

/**
 * CIFAR's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): one tar.gz archive that holds files of
 * records. It is read from the archive as it was fetched, or from the folder that someone has unpacked it to.
 */
export function cifarFormat(names: CifarNames): Format {
  return {
    roles: ['archive'],
    publishedName: () => names.archive,
    async find(folder) {
      if ((await readdir(folder)).includes(names.archive)) return { archive: join(folder, names.archive) };
      for (const place of [folder, join(folder, names.folder)]) {
        if ((await missingFiles(names, place)).length === 0) return { archive: place };
      }
      return {};
    },
    async lookalike(folder) {
      const python = (await readdir(folder)).find((name) =>
        /^cifar-10-(batches-py|python\.tar\.gz)$/.test(name),
      );
      return python && `${python}, the Python version, which is not read`;
    },
    async read(source, { archive }, about) {
      const records = new CifarRecords(source, names, about);
      if (archive!.endsWith(names.archive)) await records.readArchive(archive!);
      else await records.readFolder(archive!);
      return records.finish();
    },
  };
}

/** The files of records that a folder lacks: all of them where there is no such folder. */
export async function missingFiles(names: CifarNames, folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => [] as string[]);
  return [...names.train, ...names.test].map(({ name }) => name).filter((name) => !entries.includes(name));
}
