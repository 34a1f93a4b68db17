import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAnsi } from '../../scripts/screenshot/ansi.js';
import { drawPicture } from '../../scripts/screenshot/svg.js';

test('SGR sequences become looks, over several lines', () => {
  assert.equal(
    parseAnsi(
      'a\u001b[1;36mb\u001b[2m\nc\u001b[22m\u001b[39md\u001b[38;5;196;7me\u001b[0m\u001b[48;2;1;2;3mf\n\n',
    ),
    [
      [
        { text: 'a', width: 1, column: 0, style: {} },
        { text: 'b', width: 1, column: 1, style: { bold: true, color: '#39c5cf' } },
      ],
      [
        { text: 'c', width: 1, column: 0, style: { bold: true, color: '#39c5cf', dim: true } },
        { text: 'd', width: 1, column: 1, style: { bold: false, color: undefined, dim: false } },
        {
          text: 'e',
          width: 1,
          column: 2,
          style: { bold: false, color: 'rgb(255,0,0)', dim: false, reverse: true },
        },
        { text: 'f', width: 1, column: 3, style: { background: 'rgb(1,2,3)' } },
      ],
    ],
  );
});

test('wide characters take two columns, and other sequences none', () => {
  assert.equal(
    parseAnsi('a網\u001b[2Kb\u001b(B')
      .flat()
      .map(({ text, column, width }) => [text, column, width]),
    [
      ['a', 0, 1],
      ['網', 1, 2],
      ['b', 3, 1],
    ],
  );
});

test('text is held to its columns; bars and dots are drawn', () => {
  const svg = drawPicture(parseAnsi('  a<b ━⡀\u001b[41m \u001b[m'), { title: 'R & D', columns: 20 });
  assert.ok(
    svg.includes(
      '<text x="16.8" y="13.5" textLength="25.2" lengthAdjust="spacingAndGlyphs" fill="#e6edf3">a&lt;b</text>',
    ),
    svg,
  );
  assert.ok(svg.includes('<path d="M50.4 7.6h4.2v2.8h-4.2zM54.6 7.6h4.2v2.8h-4.2zM59.65 15.75a'), svg);
  assert.ok(svg.includes('<rect x="67.2" y="0" width="8.4" height="18" fill="#ff7b72"/>'), svg);
  assert.ok(svg.includes('R &amp; D'));
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="200" height="74" /);
});

test.run();
