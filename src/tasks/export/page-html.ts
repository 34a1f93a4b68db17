import { createHash } from 'node:crypto';
import { escapeXml } from '../../base/text/markup.js';
import { BLOCKS, type PagePayload } from './page-payload.js';

/** The page's own program and its style, as they stand in it. */
export interface PageProgram {
  readonly script: string;
  readonly style: string;
  /** Of other people's code in the script: the licences ask to go with it. */
  readonly licences: string;
}

/**
 * The head and the end of a page that is whole in itself; the blocks of weights stand between them. Nothing but its own script
 * and style may run in it, known by their hashes, and nothing may be fetched.
 */
export function pageParts(payload: PagePayload, { script, style, licences }: PageProgram): [string, string] {
  const { title } = payload.facts;
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${style}</style>
</head>
<body>
<main id="page">
<h1>${escapeXml(title)}</h1>
<p id="state" role="status">The network is being read.</p>
<noscript><p>This page computes in the browser: it needs JavaScript.</p></noscript>
</main>
${dataBlock(BLOCKS.payload, 'application/json', JSON.stringify(payload))}`;
  const foot = `<footer>
<details><summary>Licences of the software in this page</summary>
<pre tabindex="0" aria-label="Licences">${licences.split('\n').map(escapeXml).join('\n')}</pre></details>
</footer>
`;
  return [head, `${foot}<script>${script}</script>\n</body>\n</html>\n`];
}

/** Data that a browser keeps and does not run. What could end a block is spelled otherwise, which JSON reads as the same. */
export function dataBlock(id: string, type: string, text: string): string {
  return `<script type="${type}" id="${id}">${text.replaceAll('<', '\\u003c')}</script>\n`;
}

/** As a Content-Security-Policy names what stands inline. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
