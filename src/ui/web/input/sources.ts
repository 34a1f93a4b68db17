import { sizeOf } from '../../../base/tensor.js';
import type { Graph } from '../../../models/graph/graph.js';
import type { PagePicture, PagePictures } from '../../../tasks/export/page-payload.js';
import { bytesOf } from '../network/payload.js';
import { paintPicture } from '../parts/colours.js';
import { contextOf, h } from '../parts/dom.js';

/** Longer sides of pictures are first made smaller by the browser: what is cut out of them is far smaller anyway. */
const MOST_SIDE = 4000;

/** @throws where the browser cannot read the file as a picture */
export async function decodePicture(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file);
  const shrink = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * shrink)));
  const context = contextOf(h('canvas', { width: width!, height: height! }));
  context.drawImage(bitmap, 0, 0, width!, height!);
  bitmap.close();
  return context.getImageData(0, 0, width!, height!);
}

/** A field and the whole page to bring pictures in: chosen, dropped or pasted. */
export function pictureInput(take: (file: File) => void): HTMLElement {
  const field = h('input', { type: 'file', accept: 'image/*', id: 'file', class: 'file' });
  field.addEventListener('change', () => {
    if (field.files?.[0]) take(field.files[0]);
    field.value = '';
  });
  const body = document.body;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  body.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    body.classList.add('dropping');
  });
  body.addEventListener('dragleave', () => body.classList.remove('dropping'));
  body.addEventListener('drop', (event) => {
    body.classList.remove('dropping');
    if (!hasFiles(event)) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
  document.addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
    if (file) take(file);
  });
  return h('label', { class: 'choose' }, 'Choose a picture', field);
}

/** The bytes of a test picture, [H, W, C]. */
async function testBytes({ data, form }: PagePicture, { input }: Graph): Promise<Uint8Array> {
  const bytes = bytesOf(data);
  if (form === 'bytes') return bytes;
  const { data: rgba } = await decodePicture(new Blob([bytes], { type: 'image/jpeg' }));
  return Uint8Array.from(
    { length: sizeOf(input) },
    (_, i) => rgba[Math.floor(i / input[2]) * 4 + (i % input[2])]!,
  );
}

/** The test pictures, each a button. */
export function pictureStrip(
  { items }: PagePictures,
  graph: Graph,
  take: (picture: PagePicture, bytes: Uint8Array) => void,
): HTMLElement {
  const [height, width] = graph.input;
  const buttons = items.map((item, i) => {
    const canvas = h('canvas', { width, height, 'aria-hidden': 'true' });
    const label = `Test picture ${i + 1}: ${item.label}`;
    const element = h(
      'button',
      { type: 'button', 'aria-label': label, title: label, 'data-picture': i },
      canvas,
    );
    const bytes = testBytes(item, graph);
    void bytes.then((read) => contextOf(canvas).putImageData(paintPicture(read, graph.input), 0, 0));
    element.addEventListener('click', async () => take(item, await bytes));
    return element;
  });
  return h('div', { class: 'strip', role: 'group', 'aria-label': 'Test pictures' }, ...buttons);
}
