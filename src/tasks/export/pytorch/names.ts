import { pythonName } from '../../../base/text/python.js';
import type { Graph } from '../../../models/graph/graph.js';

/** What layers cannot be called in model.py: words of Python, what the file itself uses, and members of nn.Module. */
const TAKEN = (
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in ' +
  'is lambda nonlocal not or pass raise return try while with yield self x image F nn np torch float super ' +
  'forward logits training add_module apply bfloat16 buffers children compile cpu cuda double eval extra_repr get_buffer ' +
  'get_extra_state get_parameter get_submodule half ipu load_state_dict modules named_buffers named_children named_modules ' +
  'named_parameters parameters register_buffer register_module register_parameter requires_grad_ set_extra_state share_memory ' +
  'state_dict to to_empty train type xpu zero_grad dump_patches call_super_init'
).split(' ');

/** The name of each layer in Python, none of them twice. */
export function layerNames(graph: Graph): ReadonlyMap<string, string> {
  const used = new Set(TAKEN);
  return new Map(
    graph.nodes.map(({ name }) => {
      let own = pythonName(name);
      while (used.has(own)) own += '_';
      used.add(own);
      return [name, own];
    }),
  );
}

/** The name of a model as that of a class: `mnist-basic` as `MnistBasic`. */
export function className(model: string): string {
  const words = model.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `Network${joined}`;
}
