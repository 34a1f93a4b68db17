import { channelLayers } from './channel-layers.js';
import { customLayers } from './custom-layers.js';
import { furtherActivation } from './further-activations.js';
import { lenetLayers } from './lenet-layers.js';
import type { Tensorflow } from './library.js';

/**
 * Makes the layers that TensorFlow.js lacks known to it, so that `tf.loadLayersModel` reads exported models that have them.
 * @param tf `@tensorflow/tfjs` or one of its kin, on which the model will run
 * @returns the names of the layers' classes
 */
export function registerLayers(tf: Tensorflow): string[] {
  const classes = [
    ...Object.values(customLayers(tf)),
    ...Object.values(channelLayers(tf)),
    ...Object.values(lenetLayers(tf)),
    furtherActivation(tf),
  ];
  return classes.map((layer) => (layer as unknown as { className: string }).className);
}
