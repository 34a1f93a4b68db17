import { isMap } from 'node:util/types';
import { WorkError } from '../../base/errors.js';
import { TorchTensor } from './torch-objects.js';

/** Where training scripts put the state dict of a network. */
const PLACES = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'weights',
  'params',
  'model_ema',
  'ema',
  'state_dict_ema',
];

interface StateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Numbers and texts that stand beside it: the epoch, ... */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  /** `, under "state_dict"`; empty where the file is nothing else. */
  readonly place: string;
}

/**
 * The state dict in what a file of PyTorch's holds: the whole, or a part of it.
 * @throws WorkError where there is none
 */
export function stateDictOf(path: string, content: unknown): StateDict {
  const whole = tensorsIn(content);
  if (whole.size > 0) return { tensors: whole, metadata: {}, place: '' };
  const entries = entriesOf(content);
  for (const key of PLACES) {
    const tensors = tensorsIn(entries.get(key));
    if (tensors.size > 0) return { tensors, metadata: plainIn(entries), place: `, under "${key}"` };
  }
  const keys = [...entries.keys()].filter((key) => typeof key === 'string').slice(0, 6);
  const holds = keys.length > 0 ? `its entries are ${keys.join(', ').slice(0, 200)}` : 'it is no dictionary';
  throw new WorkError(
    `${path} holds no state dict that is known: ${holds}. In Python: torch.save(model.state_dict(), "weights.pth") writes one.`,
  );
}

/** Whatever properties a pickle has given it. */
function entriesOf(content: unknown): Map<unknown, unknown> {
  return isMap(content) ? new Map(Map.prototype.entries.call(content)) : new Map();
}

function tensorsIn(content: unknown): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [key, value] of entriesOf(content)) {
    if (typeof key === 'string' && value instanceof TorchTensor) tensors.set(key, value);
  }
  return tensors;
}

function plainIn(entries: ReadonlyMap<unknown, unknown>): StateDict['metadata'] {
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  return Object.fromEntries([...entries].filter(([key, value]) => typeof key === 'string' && isPlain(value)));
}
