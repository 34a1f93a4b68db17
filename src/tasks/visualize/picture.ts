import { WorkError } from '../../base/errors.js';
import { ImageReader, STDIN } from '../../data/image-reader.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { Network } from '../../training/evaluation/network.js';

export interface PictureRequest {
  /** Whether dark on light becomes light on dark. */
  readonly invert?: boolean;
  /** Where data sets lie. */
  readonly dataDir?: string;
}

/**
 * A picture as a network sees it, [H, W, C] bytes; where it sees no colours of a picture that has some, that is said.
 * @throws WorkError for what is no picture, in one sentence
 */
export async function pictureFor(
  { graph: { input, pixels }, name, run }: Network,
  image: string,
  { invert, dataDir }: PictureRequest,
  notify: (notice: DataNotice) => void,
): Promise<Uint8Array> {
  const { resize } = pixels;
  const reader = new ImageReader(input, { dataDir, resize, trainedOn: run?.info.dataset, notify });
  const picture = await reader.read(image, invert);
  if ('problem' in picture) throw new WorkError(picture.problem);
  const [height, width, channels] = input;
  // What comes by standard input comes once.
  if (channels === 1 && image !== STDIN && isInColour(await reader.pixels(image, [height, width, 3]))) {
    const message = `${image} is in colour, but ${name} sees one channel: what it sees, and what is shown, is grey.`;
    notify({ kind: 'notice', message });
  }
  return picture.pixels;
}

/** Whether any pixel of [H, W, 3] bytes is not grey. */
function isInColour(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return true;
  }
  return false;
}
