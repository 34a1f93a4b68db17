import type { Dataset } from '../sets/dataset.js';

/** A published file and the SHA-256 by which it is known. */
export interface PublishedFile {
  /** Of the gzipped file as it was first published. */
  readonly gzipSha256: string;
  /** Of its content: the same however a mirror compressed it. Without it only the published file will do. */
  readonly sha256?: string;
  /** Of its content, or where that is not known of the published file: no mirror may send much more. */
  readonly bytes: number;
}

/** A data set that public mirrors offer. */
export interface DownloadSource {
  readonly name: string;
  /** [H, W, C] */
  readonly shape: readonly [number, number, number];
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly test: number };
  /** Whether its images show bright things on black, where paper and most pictures are bright themselves. */
  readonly lightOnDark?: boolean;
  /** Addresses to which a file's published name is added. */
  readonly mirrors: readonly string[];
  /** By role. */
  readonly files: Readonly<Record<string, PublishedFile>>;
  readonly format: Format;
}

/** The paths of a data set's files that are there, by their roles. */
export type FilePaths = Readonly<Partial<Record<string, string>>>;

/** How data sets of a kind are stored: which files there are, how they are found in a folder, how they are read. */
export interface Format {
  /** What its files are for, in the order in which they are fetched. */
  readonly roles: readonly string[];
  /** The name under which a file is published and fetched. */
  publishedName(role: string): string;
  /**
   * The files that a folder holds, under whatever name or in whatever form they can be read.
   * @throws the system's error for a folder that cannot be read
   */
  find(folder: string): Promise<FilePaths>;
  /** What a folder without these files holds in their stead that is not read: "its Python version, ...". */
  lookalike?(folder: string): Promise<string | undefined>;
  /** Where data sets of the kind share their file names: the one that files belong to, if it is another than `source`. */
  otherOwner?(
    source: DownloadSource,
    files: FilePaths,
    sources: readonly DownloadSource[],
  ): Promise<string | undefined>;
  /**
   * Reads a data set of which all files are there.
   * @throws WorkError for a file that is damaged, and for files that do not belong together
   */
  read(source: DownloadSource, files: FilePaths, about: ReadOptions): Promise<Reading>;
}

/** What the files of a data set are called together: "its archive", "its four files". */
export function itsFiles({ roles }: Format): string {
  return roles.length === 1 ? 'its archive' : `its ${NUMBERS[roles.length] ?? roles.length} files`;
}

/** "its archive cifar-10-binary.tar.gz" */
export function itsFilesByName(format: Format): string {
  return `${itsFiles(format)} ${format.roles.map((role) => format.publishedName(role)).join(', ')}`;
}

const NUMBERS: readonly (string | undefined)[] = [undefined, undefined, 'two', 'three', 'four'];

export interface ReadOptions {
  /** The folder that holds the files. */
  readonly origin: string;
  /** What to do with a bad file: "delete it, and the next run fetches it again". */
  readonly remedy: string;
}

export interface Reading {
  readonly dataset: Dataset;
  /** Names of the files whose content is not the published one. */
  readonly others: readonly string[];
  /** What people should know of it, as sentences. */
  readonly notices?: readonly string[];
}
