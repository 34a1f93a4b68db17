import { messageOf } from '../../base/errors.js';
import { subtitle } from './about.js';
import { openNetwork } from './network/network.js';
import { readPayload, readWeights } from './network/payload.js';
import { View } from './view.js';

/** The program of the page: it reads what the export put into it, and shows it. */
async function start(state: HTMLElement): Promise<void> {
  const page = document.getElementById('page')!;
  const payload = readPayload();
  state.before(subtitle(payload));
  const network = await openNetwork(payload.graph, readWeights(payload.weights));
  const view = new View(payload, network, state);
  view.mount(page);
  view.begin();
}

const state = document.getElementById('state')!;
start(state).catch((error: unknown) => {
  state.textContent = `The page cannot be shown: ${messageOf(error)}`;
});
