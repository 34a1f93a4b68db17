import { escapeXml } from '../../base/text/markup.js';

/** Series have eight colours, dark on white and light on black; what comes after them begins again. */
export const SERIES = 8;

const LIGHT = ['#0b62a8', '#c2410c', '#0f7b53', '#a21caf', '#8a6100', '#0e7490', '#be123c', '#4d7c0f'];
const DARK = ['#6cb6ff', '#ff9d5c', '#4ade9f', '#e58bf0', '#e3b341', '#5fd3e6', '#ff8fa3', '#a3d65c'];

const colours = (values: readonly string[]) => values.map((value, i) => `--s${i}:${value};`).join('');
const LIGHT_THEME = `color-scheme:light;--paper:#fff;--card:#f6f8fa;--ink:#1f2328;--faint:#59636e;--line:#d1d9e0;--good:#0f7b53;--warn:#8a4b00;${colours(LIGHT)}`;
const DARK_THEME = `color-scheme:dark;--paper:#0d1117;--card:#161b22;--ink:#e6edf3;--faint:#9198a1;--line:#3d444d;--good:#4ade9f;--warn:#ffb871;${colours(DARK)}`;

const STYLE = `
:root{${LIGHT_THEME}}
@media (prefers-color-scheme:dark){:root{${DARK_THEME}}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:72rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
h3{font-size:.95rem;margin:1.25rem 0 .25rem;font-weight:600}
figure h3{margin-top:0}
p,ul{margin:.5rem 0;max-width:46rem}
ul{padding-left:1.2rem}
li{margin:.25rem 0;overflow-wrap:anywhere}
.quiet{color:var(--faint)}
.warn{border-left:4px solid var(--warn);padding:.25rem 0 .25rem .75rem}
.grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
.grid.thirds{grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr))}
figure{margin:0;padding:.75rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
figcaption{color:var(--faint);font-size:.85rem;margin-top:.25rem}
svg{display:block;width:100%;max-width:30rem;height:auto;margin:0 auto;font:11px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
svg text{fill:var(--ink)}
svg .axis{fill:var(--faint)}
svg .name{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
svg .grid-line{stroke:var(--line);stroke-width:1}
svg .front{fill:none;stroke:var(--good);stroke-width:1.5;stroke-dasharray:4 3}
svg .curve{fill:none;stroke-width:1.6;stroke-linejoin:round}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--faint);font-weight:600}
.right{text-align:right}
.best{color:var(--good);font-weight:600}
pre{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem;overflow-x:auto;font-size:.85rem}
.matrix td,.matrix th{text-align:right;padding:.25rem .5rem}
.matrix tbody th{text-align:left}
.matrix a{color:inherit;display:block;text-decoration:none;min-width:1.5rem}
.matrix a:hover,.matrix a:focus{outline:2px solid var(--ink)}
.matrix td{background:color-mix(in srgb,var(--h,transparent) calc(var(--p,0)*1%),transparent)}
.matrix .hit{--h:var(--s2)}
.matrix .miss{--h:var(--s1)}
.cell{display:none;margin:1rem 0}
.cell:target{display:block}
.pictures{display:flex;flex-wrap:wrap;gap:.75rem;padding:0;list-style:none;max-width:none}
.pictures li{margin:0;font-size:.8rem;color:var(--faint);max-width:7.5rem}
.pictures img{display:block;width:6rem;height:6rem;object-fit:contain;image-rendering:pixelated;background:var(--card);border:1px solid var(--line)}
.pictures.small img{width:2.5rem;height:2.5rem}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;max-width:none}
.legend li{display:flex;align-items:center;gap:.4rem}
.legend svg{width:28px;height:12px;margin:0;flex:none}
${Array.from({ length: SERIES }, (_, i) => `.s${i}{--c:var(--s${i})}`).join('')}
@page{margin:14mm}
@media print{:root{${LIGHT_THEME}}body{max-width:none;padding:0;font-size:11pt}figure,tr{break-inside:avoid}h2{break-after:avoid}.grid{grid-template-columns:1fr 1fr}.scroll{overflow:visible}table{font-size:8pt}th,td{padding:.2rem .4rem}}
`.trim();

/** A page that is whole in itself: no script, and nothing to fetch. @param hasPictures whether there are some within it */
export function htmlPage(title: string, body: readonly string[], hasPictures = false): string {
  const pictures = hasPictures ? '; img-src data:' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${pictures}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
${body.join('\n')}
</body>
</html>
`;
}

export function heading(level: 1 | 2 | 3, text: string): string {
  return `<h${level}>${escapeXml(text)}</h${level}>`;
}

export function paragraph(text: string, kind?: 'quiet' | 'warn'): string {
  return `<p${kind ? ` class="${kind}"` : ''}>${escapeXml(text)}</p>`;
}

export function list(sentences: readonly string[], kind?: 'quiet' | 'warn'): string {
  const items = sentences.map((sentence) => `<li>${escapeXml(sentence)}</li>`);
  return `<ul${kind ? ` class="${kind}"` : ''}>\n${items.join('\n')}\n</ul>`;
}

/** A chart with its title and what is to be known to read it. */
export function figure(title: string, svg: string, caption?: string): string {
  const below = caption === undefined ? '' : `\n<figcaption>${escapeXml(caption)}</figcaption>`;
  return `<figure>\n${heading(3, title)}\n${svg}${below}\n</figure>`;
}

/** Figures side by side as far as there is room: two of them, or three smaller ones. */
export function grid(figures: readonly string[], kind?: 'thirds'): string {
  return `<div class="grid${kind ? ` ${kind}` : ''}">\n${figures.join('\n')}\n</div>`;
}
