/**
 * Makes a picture of a terminal. For the live screen, in tmux, since only a terminal knows what is on it:
 *
 *   tmux new-session -d -s shot -x 100 -y 30 'cnnzoo train mnist-basic'
 *   tmux capture-pane -e -p -t shot | node --import tsx scripts/screenshot/ansi-to-svg.ts --title 'cnnzoo train mnist-basic' > picture.svg
 *
 * Options: --title TEXT in the bar of the window, --columns N to make it at least so wide.
 */
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { parseAnsi } from './ansi.js';
import { drawPicture } from './svg.js';

const { values } = parseArgs({
  options: { title: { type: 'string', default: 'cnnzoo' }, columns: { type: 'string', default: '80' } },
});

process.stdout.write(
  drawPicture(parseAnsi(await text(process.stdin)), { title: values.title, columns: Number(values.columns) }),
);
