import { defineCommand } from '../../cli/command.js';
import { OTHER_WEIGHTS } from '../../cli/common.js';
import { choice, NETWORK, text } from '../../cli/values.js';
import type { Exported, ExportRequest } from '../../export/export.js';
import { TARGETS } from '../../export/targets.js';
import type { TableStyle } from '../../report/table.js';
import { tell } from '../../ui/lines/tell.js';

export const command = defineCommand({
  name: 'export',
  describe: 'A network for other programs: ONNX, TensorFlow.js, safetensors',
  examples: [
    [
      'cnnzoo export runs/lenet5-20260801-120000 --to onnx --out lenet5.onnx',
      'for ONNX Runtime, Netron, ...',
    ],
    ['cnnzoo export runs/lenet5-20260801-120000 --to tfjs --out lenet5-web', 'for a page in a browser'],
    [
      'cnnzoo export runs/lenet5-20260801-120000 --to safetensors --out lenet5.safetensors',
      'its weights alone',
    ],
  ],
  places: {
    item: {
      takes: NETWORK,
      required: true,
      describe: 'A run folder, or a model with the weights that training would begin with',
    },
  },
  options: {
    to: { takes: choice(TARGETS, 'FORM'), required: true, describe: 'The form' },
    out: { takes: text('PATH', 'file'), required: true, describe: 'The file, or for tfjs the folder' },
    weights: { ...OTHER_WEIGHTS, describe: 'Other weights for it: a safetensors, ONNX or model.json file' },
  },
  async run(args) {
    const { exportNetwork } = await import('../../export/export.js');
    const { outputStyle, print } = await import('../../report/output.js');
    const { createDataNotices } = await import('../../ui/lines/data-notices.js');
    const { renderRows } = await import('../../report/render.js');
    const notices = createDataNotices((kind, message) => process.stderr.write(`${kind}: ${message}\n`));
    const done = await exportNetwork(args, notices.notify).finally(notices.finish);
    const style = outputStyle(args);
    const json = jsonOf(args, done);
    print(
      args.format === 'table'
        ? await renderText(done, style)
        : await renderRows(args.format, done.files, FILE_COLUMNS, json, style),
      args,
    );
    for (const note of done.notes) tell(`notice: ${note}`);
    return 0;
  },
});

const FILE_COLUMNS = [
  { key: 'path', header: 'File', priority: 0, value: (file: Exported['files'][number]) => file.path },
  {
    key: 'bytes',
    header: 'Bytes',
    priority: 0,
    align: 'right',
    value: (file: Exported['files'][number]) => file.bytes,
  },
] as const;

function jsonOf({ item, to, out }: ExportRequest, { network, files, largestDifference }: Exported): object {
  return { item, model: network.name, to, out, weights: network.origin, files, largestDifference };
}

/** So many files are named one by one. */
const MOST_FILES = 3;

async function renderText(
  { network, files, form, largestDifference }: Exported,
  { theme, width }: TableStyle,
): Promise<string> {
  const { formatBytes } = await import('../../base/text/format.js');
  const { truncate } = await import('../../terminal/text.js');
  const [shown, rest] = [files.slice(0, MOST_FILES), files.slice(MOST_FILES)];
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows: [string, string][] = [
    ...shown.map(({ path, bytes }, i): [string, string] => [
      i === 0 ? 'wrote' : '',
      `${path}, ${formatBytes(bytes)}`,
    ]),
    ...(rest.length > 0
      ? [['', `and ${rest.length} more, ${formatBytes(total)} in all`] as [string, string]]
      : []),
    ['form', form],
    ['weights', `${network.name}, ${network.origin}`],
  ];
  if (largestDifference !== null) {
    rows.push([
      'checked',
      `in ONNX Runtime: no probability differs by more than ${largestDifference.toExponential(1)}`,
    ]);
  }
  return rows
    .map(
      ([label, text]) =>
        `${theme.paint('quiet', label.padEnd(9))}${truncate(text, width - 9, theme.glyphs.ellipsis)}\n`,
    )
    .join('');
}
