import { readFileSync, statSync } from 'node:fs';
import { WorkError } from '../../base/errors.js';
import { writeWhole } from '../../base/files/files.js';
import { PAGE } from '../../base/files/places.js';
import { formatValue } from '../../base/text/format.js';
import { counted } from '../../base/text/words.js';
import { knownDatasets } from '../../data/load.js';
import { weightsOf, withoutAuxiliaries } from '../../models/graph/graph.js';
import type { Network } from '../../training/evaluation/network.js';
import { factsOf } from './facts.js';
import { halved } from './halved.js';
import { dataBlock, type PageProgram, pageParts } from './page-html.js';
import { BLOCKS, type PagePayload, type PagePreparation, type PageWeights } from './page-payload.js';
import { type NoPictures, type TestPictures, testPictures } from './page-pictures.js';
import { isHarmless, requireCarriable, tryHalves, weightBlocks } from './page-weights.js';
import type { Target } from './target.js';

/** One HTML file with the network inside: it computes in the browser, from a disk as well as from a server. */
export const web: Target = {
  isFolder: false,
  takes: { dtype: ['float32', 'float16'] },
  example: (model) => `${model}.html`,
  async write(network, path, { dtype } = {}) {
    const { name } = network;
    const graph = withoutAuxiliaries(network.graph);
    const specs = weightsOf(graph).map(({ fullName, spec }) => ({ name: fullName, shape: spec.shape }));
    requireCarriable(
      name,
      specs.map(({ shape }) => shape),
    );
    const program = pageProgram();
    const pictures = await testPictures(network, network.run?.dir ?? name);
    const { kept, said, notes } = await chooseDtype(network, pictures, dtype);
    const payload: PagePayload = {
      facts: factsOf(network),
      graph,
      weights: { dtype: kept, tensors: specs },
      pictures: 'missing' in pictures ? null : pictures.inside,
      preparation: preparationOf(network),
      notes: said,
    };
    const weights = (kept === 'float16' ? halved(network) : network).weights;
    await writeWhole(path, { what: 'the page' }, async (handle) => {
      const [head, end] = pageParts(payload, program);
      await handle.writeFile(head);
      let block = 0;
      const names = specs.map((spec) => spec.name);
      for (const text of weightBlocks(weights, names, kept))
        await handle.writeFile(dataBlock(`${BLOCKS.weights}${block++}`, 'text/plain', text));
      await handle.writeFile(end);
    });
    const inside = payload.pictures?.items.length ?? 0;
    return {
      files: [{ path, bytes: statSync(path).size }],
      form: `one page for browsers, weights as ${kept}, ${counted(inside, 'test picture')} inside`,
      largestDifference: null,
      notes,
    };
  },
};

/** @throws WorkError where the page's program was not built */
function pageProgram(): PageProgram {
  try {
    const read = (file: string) => readFileSync(new URL(file, PAGE), 'utf8');
    return { script: read('page.js'), style: read('page.css'), licences: read('licences.txt') };
  } catch (error) {
    throw new WorkError('The program of the page was not built: npm run build makes it.', { cause: error });
  }
}

interface Choice {
  readonly kept: PageWeights['dtype'];
  /** In the page. */
  readonly said: readonly string[];
  /** To whoever exports: what is otherwise than it should be. */
  readonly notes: readonly string[];
}

/** What weights are kept as, and what there is to say of it and of the pictures. */
async function chooseDtype(
  network: Network,
  pictures: TestPictures | NoPictures,
  asked: PageWeights['dtype'] | undefined,
): Promise<Choice> {
  if ('missing' in pictures) {
    const unchecked = 'Weights are kept as float16, which was asked for and not checked with pictures.';
    const more = asked === 'float16' ? [unchecked] : [];
    return { kept: asked ?? 'float32', said: [pictures.missing, ...more], notes: [pictures.why, ...more] };
  }
  if (asked === 'float32') return { kept: 'float32', said: [], notes: [] };
  const rounding = await tryHalves(network, pictures.checked);
  if (rounding === null) {
    // Asked for all the same, the export says which weight it is.
    const said = ['Weights are kept as float32: float16 cannot hold one of them.'];
    return { kept: asked ?? 'float32', said, notes: said };
  }
  const kept = asked ?? (isHarmless(rounding) ? 'float16' : 'float32');
  const changes = rounding.changed === 0 ? 'no answer' : counted(rounding.changed, 'answer');
  const found = `${changes} on ${counted(rounding.pictures, 'test picture')} of ${pictures.dataset} and moves probabilities by up to ${formatValue(rounding.moved, 2)}`;
  const said = [
    kept === 'float16'
      ? `Weights are kept as float16, which changes ${found}.`
      : `Weights are kept as float32: float16 changes ${found}.`,
  ];
  return { kept, said, notes: isHarmless(rounding) ? [] : said };
}

/** Data sets whose pictures were scaled into a box and centred by their centre of mass, or are drawn as those were. */
const CENTRED = ['mnist', 'digits'];

function preparationOf({ run, spec }: Network): PagePreparation {
  const name = run?.info.dataset.name ?? spec.config.dataset;
  const known = knownDatasets().find((dataset) => dataset.name === name);
  return { lightOnDark: known?.lightOnDark ?? false, centred: name !== undefined && CENTRED.includes(name) };
}
