/** A place in a YAML text: keys and indices from the top. */
export type Path = readonly (string | number)[];
