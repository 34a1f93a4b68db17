import { sizeOf } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { escapeXml } from '../../base/text/markup.js';
import { weightsOf } from '../../models/graph/graph.js';
import type { Architecture, Block, Category } from '../../tasks/visualize/networks/architecture.js';
import type { Column } from '../column.js';
import { element, QUIET, rounded, svgDocument, textElement, textLength } from '../svg/svg.js';
import { COLORS } from './architecture-colors.js';
import { architectureDot, architectureMermaid } from './architecture-graph.js';
import { type Box, LABEL, layoutOf, topOf, type Way } from './architecture-layout.js';
import { architectureText } from './architecture-text.js';
import { type Picture, pictureTable } from './picture.js';

interface Row {
  readonly name: string;
  readonly type: string;
  readonly outputShape: readonly number[];
  readonly inputs: readonly string[];
  /** The layer in whose box it is. */
  readonly box: string;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', header: 'Layer', priority: 0, value: (row) => row.name },
  { key: 'type', header: 'Type', priority: 2, value: (row) => row.type },
  { key: 'outputShape', header: 'Output', priority: 1, value: (row) => row.outputShape.join('x') },
  { key: 'inputs', header: 'Reads', priority: 3, value: (row) => row.inputs.join(' ') },
  { key: 'box', header: 'Box', priority: 4, value: (row) => row.box },
];

/** A network from its image to its output: a box a layer, to scale. */
export function architecturePicture(architecture: Architecture): Picture {
  const { graph, blocks } = architecture;
  const rows = blocks.flatMap(({ node, folded, name: box }) =>
    (node ? [node, ...folded] : []).map(({ name, kind, outputShape, inputs }) => ({
      name,
      type: kind,
      outputShape,
      inputs,
      box,
    })),
  );
  const title = headingOf(architecture);
  return {
    svg: async () => architectureSvg(architecture),
    pngScale: 2,
    texts: { dot: () => architectureDot(blocks, title), mmd: () => architectureMermaid(blocks, title) },
    terminal: (style) => architectureText(architecture, title, style),
    json: { model: graph.name, title: graph.title, input: graph.input, layers: rows },
    table: pictureTable(rows, columns),
  };
}

function headingOf({ graph }: Architecture): string {
  const params = weightsOf(graph).reduce((sum, { spec }) => sum + sizeOf(spec.shape), 0);
  const macs = graph.nodes.reduce((sum, node) => sum + node.macs, 0);
  return `${graph.title}: ${formatInteger(params)} parameters, ${formatInteger(macs)} MACs`;
}

const MARGIN = 16;
const HEAD = 74;

function architectureSvg(architecture: Architecture): string {
  const { boxes, ways, width, height } = layoutOf(architecture);
  const heading = headingOf(architecture);
  const legend = legendOf(architecture.blocks);
  const room = Math.max(width, textLength(heading, 15), textLength(NOTE, 11), legend.width);
  const content = [
    textElement(heading, { x: MARGIN, y: 28, 'font-size': 15, 'font-weight': 600 }),
    textElement(NOTE, { x: MARGIN, y: 46, 'font-size': 11, fill: QUIET }),
    legend.content,
    element(
      'g',
      { transform: `translate(${rounded(MARGIN + (room - width) / 2)} ${HEAD + 10})` },
      [...ways.map(drawWay), ...boxes.map(drawBox)].join('\n'),
    ),
  ];
  return svgDocument(room + 2 * MARGIN, HEAD + 10 + height + MARGIN, heading, content);
}

const NOTE = 'width: side of the map; height: channels; both as their square roots';

function legendOf(blocks: readonly Block[]): { content: string; width: number } {
  const used = (Object.keys(COLORS) as Category[]).filter((category) =>
    blocks.some((b) => b.category === category),
  );
  let x = 0;
  const parts = used.map((category) => {
    const left = MARGIN + x;
    x += 16 + textLength(category, 11) + 12;
    return (
      element('rect', { x: left, y: 56, width: 10, height: 10, fill: COLORS[category] }) +
      textElement(category, { x: left + 15, y: 65, 'font-size': 11 })
    );
  });
  return { content: parts.join(''), width: x };
}

function drawWay(way: Way): string {
  const turns = way.filter((point, i) => point.join() !== way[i - 1]?.join());
  const points = turns.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(' ');
  return element('polyline', { points, fill: 'none', stroke: '#8c959f', 'stroke-width': '1.25' });
}

function drawBox(box: Box): string {
  const { block, x, y, width, height, roomHeight } = box;
  const names = block.node ? [block.node, ...block.folded].map(({ name }) => name).join(', ') : 'the image';
  const rect = element('rect', {
    x: x - width / 2,
    y: topOf(box),
    width,
    height,
    rx: Math.min(2, height / 2),
    fill: COLORS[block.category],
  });
  const left = x + width / 2 + LABEL.gap;
  const base = y + roomHeight / 2;
  const label = textElement(block.label, { x: left, y: base - 2, 'font-size': LABEL.size });
  const shape = textElement(block.shape.join('x'), {
    x: left,
    y: base + 11,
    'font-size': LABEL.size,
    fill: QUIET,
  });
  return element('g', {}, element('title', {}, escapeXml(names)) + rect + label + shape);
}
