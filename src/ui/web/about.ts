import { formatPercent } from '../../base/text/format.js';
import type { PagePayload } from '../../tasks/export/page-payload.js';
import { h } from './parts/dom.js';

/** What the page is, in a line below its title. */
export function subtitle({ facts, graph }: PagePayload): HTMLElement {
  const trained = facts.dataset === null ? '' : ` Trained on ${facts.dataset}.`;
  const accuracy =
    facts.testAccuracy === null
      ? ''
      : ` ${formatPercent(facts.testAccuracy)} of the test pictures are recognized.`;
  const text = `${facts.model}, weights ${facts.weights}; ${graph.nodes.length} layers.${trained}${accuracy}`;
  return h('p', { class: 'quiet' }, text);
}

/** All there is to know of the page. */
export function about({ facts, notes, preparation }: PagePayload, backend: string): HTMLElement {
  const drawn = preparation.centred
    ? [
        'What is drawn is scaled into a box of 20 by 20 pixels and put with its centre of mass into the middle of 28 by 28, as MNIST’s digits were.',
      ]
    : [];
  const sentences = [
    facts.preprocessing,
    ...drawn,
    ...notes,
    `It is computed here, by TensorFlow.js (${backend}); nothing leaves this page.`,
    `Made by cnnzoo ${facts.cnnzoo}.`,
  ];
  return h(
    'section',
    { class: 'about', 'aria-labelledby': 'about-heading' },
    h('h2', { id: 'about-heading' }, 'About this page'),
    h('ul', {}, ...sentences.map((sentence) => h('li', {}, sentence))),
  );
}
