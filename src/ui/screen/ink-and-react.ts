/** What the screens need of both, in a file of its own that is loaded late: react, bundled, has no names to a later import. */
export { render } from 'ink';
export { createElement } from 'react';
