import { WorkError } from '../../base/errors.js';
import { printResult, type Wish } from '../../report/output.js';
import { hasFonts, savePicture } from '../../report/pictures/out.js';
import type { Picture } from '../../report/pictures/picture.js';
import { renderPicture } from '../../report/pictures/render.js';
import { insist, tell } from './tell.js';

/** How a picture is wanted. */
interface Showing extends Wish {
  /** A file for it as well. */
  readonly out?: string;
}

/**
 * Shows a picture on standard output, as a drawing or in figures, and saves it where that was asked for.
 * @param head what JSON says before the picture's own figures
 * @throws WorkError where a part of it could not be shown, after the rest
 */
export async function showPicture(picture: Picture, showing: Showing, head: object): Promise<void> {
  const saved = showing.out === undefined ? null : await savePicture(picture, showing.out);
  if (saved?.format === 'png' && !(await hasFonts())) {
    insist('warning: no font is installed here, so the picture has no words: an SVG has them.');
  }
  if (saved) {
    const size = saved.width === null ? 'written' : `${saved.width}x${saved.height} pixels`;
    tell(`${saved.file}: ${size}`);
  }
  const json = { ...head, ...picture.json, out: saved };
  await printResult((format) => renderPicture(picture, json, { ...showing, format }), showing);
  if (picture.problems?.length) throw new WorkError(picture.problems);
}
