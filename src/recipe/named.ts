import * as z from 'zod';

/** Things that a config chooses by name, each with the schema of its settings. */
type Registry = Readonly<Record<string, { readonly schema: z.ZodObject }>>;

/** What a schema gives; of one without keys nothing, as its output type would forbid a name too. */
type Settings<S extends z.ZodObject> = keyof S['shape'] extends never ? unknown : z.output<S>;

/** One of a registry's names with that one's settings, as in a config: `{ name: 'sgd', learningRate: 0.01 }`. */
export type Named<R extends Registry> = {
  [N in keyof R & string]: { name: N } & Settings<R[N]['schema']>;
}[keyof R & string];

/** The schema of `Named`: one member for each line of the registry. */
export function namedSchema<R extends Registry>(registry: R) {
  const members = Object.entries(registry).map(([name, { schema }]) =>
    z.strictObject({ name: z.literal(name), ...schema.shape }),
  );
  type Member = z.ZodObject<{ name: z.ZodLiteral<string> }>;
  const union = z.discriminatedUnion('name', members as unknown as [Member, ...Member[]]);
  return union as unknown as z.ZodType<Named<R>, unknown> & Pick<typeof union, 'def'>;
}
