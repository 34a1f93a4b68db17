import { buildGraph } from './build.js';
import { summarise } from './summary.js';
import { loadModel, modelNames } from './zoo.js';

/** A model of the zoo in short. */
export interface ListRow {
  readonly name: string;
  readonly title: string;
  readonly year: number | null;
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  readonly layers: number;
  readonly params: number;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
  readonly dataset: string | null;
}

/** A row for each of these models of the zoo; for all of them, in alphabetical order, where none is named. */
export function listRows(names: readonly string[] = modelNames()): ListRow[] {
  return names.map((name) => {
    const spec = loadModel(name);
    const graph = buildGraph(spec);
    const { layers, totals } = summarise(graph);
    return {
      name,
      title: spec.config.title,
      year: spec.config.year ?? null,
      input: spec.config.input,
      classes: graph.classes,
      layers: layers.length,
      params: totals.params,
      macs: totals.macs,
      dataset: spec.config.dataset ?? null,
    };
  });
}
