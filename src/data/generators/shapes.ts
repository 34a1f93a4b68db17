import { breather } from '../../base/machine/parallel.js';
import { randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import type { Dataset, DatasetRequest, Split } from '../sets/dataset.js';
import { imageMemory, lazySplit, memoryLeft, tellFewKept } from '../sets/lazy-split.js';
import { OUTLINES } from './shape-outlines.js';
import { ShapePainter } from './shape-painter.js';

/** Goes up with every change that changes a pixel: a run's identity says which shapes it saw. */
const VERSION = 1;
/** The shapes are the same for everyone, whatever the seed of a run. */
const SEED = 1;

export const SHAPES = {
  name: 'shapes',
  shape: [224, 224, 3],
  classes: OUTLINES.map(({ name }) => name),
  images: { train: 10_000, test: 2_000 },
} as const;

/**
 * The built-in generator of textured shapes on textured grounds, in colour and of any size. A model of fewer classes
 * gets the first ones; a model of more, such as one of 1000, sees ten of its classes and never the others, which are
 * called by their numbers. An image is painted when it is first read.
 */
export function shapes(
  request: Pick<DatasetRequest, 'shape' | 'classes'> & Partial<DatasetRequest>,
): Dataset {
  const [height, width] = request.shape;
  const shape = [height, width, SHAPES.shape[2]] as const;
  const kinds = Math.min(request.classes, OUTLINES.length);
  const { train, test } = SHAPES.images;
  const memory = request.memoryBytes ?? imageMemory();
  tellFewKept(train + test, sizeOf(shape), request);
  const painted = { kinds, shape };
  return {
    name: SHAPES.name,
    shape,
    classes: Array.from({ length: request.classes }, (_, i) => SHAPES.classes[i] ?? `${i}`),
    identity: `shapes v${VERSION}, seed ${SEED}, ${height}x${width}, ${kinds} kinds, ${train} + ${test} images`,
    origin: 'built-in generator',
    train: paintedShapes('train', train, { ...painted, memoryBytes: memory }),
    test: paintedShapes('test', test, { ...painted, memoryBytes: memoryLeft(memory, train, sizeOf(shape)) }),
  };
}

interface PaintedOptions {
  readonly kinds: number;
  readonly shape: readonly [number, number, number];
  readonly memoryBytes: number;
}

/** Image i shows the shape i mod kinds, which keeps every prefix balanced, and depends on nothing but its split and i. */
function paintedShapes(name: string, count: number, { kinds, shape, memoryBytes }: PaintedOptions): Split {
  const [height, width] = shape;
  let painter: ShapePainter | undefined;
  const breathe = breather();
  return lazySplit(
    Int32Array.from({ length: count }, (_, i) => i % kinds),
    {
      imageBytes: sizeOf(shape),
      memoryBytes,
      atOnce: 1,
      make(index, out) {
        painter ??= new ShapePainter(height, width);
        painter.paint(index % kinds, randomStream(SEED, 'shapes', name, index), out);
        return breathe();
      },
    },
  );
}
