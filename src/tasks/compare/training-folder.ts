import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf, UsageError, WorkError } from '../../base/errors.js';
import { writeWholeText } from '../../base/files/files.js';
import { commandLine, setting } from '../../base/text/settings.js';
import { ENGINE_CHOICES } from '../../engines/host/engines.js';
import { limitSchema } from '../../runs/images.js';
import { runInfoSchema } from '../../runs/run-info.js';
import { isRun, RUN_INFO } from '../../runs/run-paths.js';
import { openRun } from '../../runs/run-reader.js';
import { type RunBrief, readBrief } from '../../runs/watch/run-brief.js';

/** What a comparison has set out to train, in a folder of its own; each run has a folder in it. */
export const COMPARISON = 'comparison.json';

/** 2 where settings are varied, which an older cnnzoo would train without. */
const FORMATS = { plain: 1, varied: 2 } as const;

/** How many images are used, of what can be varied the only one that stands in no config. */
export const LIMIT_KEY = 'limit';

/** A name in the folder itself: what a file says from elsewhere may not lead out of it. */
const plainName = z
  .string()
  .refine(isPlainName, 'a plain name was expected, without "/", "\\" or control characters');

/** Written as text by versions before 0.2. */
const numberOf = z.union([z.number(), z.string().transform(Number)]);

const schema = z.object({
  format: z.literal(Object.values(FORMATS)),
  cnnzoo: z.string(),
  created: z.string(),
  /** In the order in which they are trained. */
  runs: z.array(
    z.object({
      /** Its model lies in MODEL.yaml: the network and the recipe that all of its seeds have. */
      model: plainName,
      seed: z.int(),
      /** Within the comparison's folder. */
      folder: plainName,
      /** The settings that are varied, as they were typed, and this run's values. */
      varied: z.record(z.string(), z.string()).default({}),
    }),
  ),
  /** Runs from elsewhere that are shown beside them. */
  others: z.array(z.string()),
  /** What a config does not say, as `train` takes it. */
  request: z.object({
    limit: z.union([numberOf, limitSchema]).optional(),
    dataset: z.string().optional(),
    dataDir: z.string().optional(),
    strict: z.boolean().optional(),
    /** What decoded images may take in memory and on the disk, in bytes. */
    imageMemory: z.number().optional(),
    imageCache: z.number().optional(),
    engine: z.enum(ENGINE_CHOICES).optional(),
    device: z.string().optional(),
    threads: numberOf.optional(),
    /** So many at a time, where nothing else is said as it goes on. */
    jobs: z.int().min(1).optional(),
    until: z.array(z.string()).optional(),
    tag: z.array(z.string()).optional(),
    defaults: runInfoSchema.shape.defaults.optional(),
  }),
});

export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[\\/\p{Cc}]/u.test(name);
}

export type TrainingFolder = z.output<typeof schema>;
export type PlannedRun = TrainingFolder['runs'][number];

/** Where the network and the recipe of a planned run's model lie in the comparison's folder. */
export function modelFile(model: string): string {
  return `${model}.yaml`;
}

export function isTrainingFolder(dir: string): boolean {
  return existsSync(join(dir, COMPARISON));
}

/** @throws UsageError where `dir` holds no comparison; WorkError where what it holds cannot be read. */
export function readTrainingFolder(dir: string): TrainingFolder {
  const path = join(dir, COMPARISON);
  if (!isTrainingFolder(dir)) {
    const isRun = existsSync(join(dir, RUN_INFO));
    throw new UsageError(
      `${setting('resume', dir)}: there is no ${COMPARISON} in it, so it is not the folder of a comparison.` +
        (isRun
          ? ` It is a run: go on with it by ${commandLine('train', { settings: { resume: dir } })}`
          : ''),
    );
  }
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`
        : messageOf(error);
    throw new WorkError(`${path} is damaged: ${why}. ${withoutComparison(dir)}`);
  }
}

/** What still works where comparison.json does not. */
function withoutComparison(dir: string): string {
  const runs = readdirSync(dir).map((entry) => join(dir, entry));
  const begun = runs.filter(isRun);
  return begun.length === 0
    ? 'No run in it has begun.'
    : `Its runs do not need it: ${commandLine('compare', { words: begun })}, and ${commandLine('train', { settings: { resume: 'RUN' } })} goes on with one of them.`;
}

/** The comparison's own runs that have begun. @param only folders of those that are meant; undefined for all */
export function begunRuns(dir: string, only: readonly string[] | undefined): string[] {
  return readTrainingFolder(dir)
    .runs.filter(({ folder }) => only?.includes(folder) !== false)
    .map(({ folder }) => join(dir, folder))
    .filter((run) => existsSync(join(run, RUN_INFO)));
}

/** Whether nothing is left to do for a run. */
export function isOver(info: RunBrief | null): boolean {
  return info?.status === 'diverged' || (info?.status === 'completed' && info.test !== null);
}

/**
 * What the run in a folder says of itself; null where none has begun. Dozens of them are looked at again and again.
 * @throws WorkError where it cannot be read
 */
export function infoOf(dir: string): RunBrief | null {
  if (!existsSync(join(dir, RUN_INFO))) return null;
  const brief = readBrief(join(dir, RUN_INFO));
  return 'problem' in brief ? openRun(dir).info : brief;
}

/** @throws WorkError where it cannot be written. */
export async function writeTrainingFolder(
  dir: string,
  content: Omit<TrainingFolder, 'format'>,
): Promise<TrainingFolder> {
  const isVaried = content.runs.some(({ varied }) => Object.keys(varied).length > 0);
  const whole: TrainingFolder = { format: isVaried ? FORMATS.varied : FORMATS.plain, ...content };
  const text = `${JSON.stringify(whole, null, 2)}\n`;
  await writeWholeText(join(dir, COMPARISON), { what: 'the comparison' }, text);
  return whole;
}

/** The command line that goes on with a comparison. */
export function resumeComparison(dir: string): string {
  return commandLine('compare', { settings: { resume: dir } });
}
