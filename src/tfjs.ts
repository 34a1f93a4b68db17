/** What pages need to load exported networks with TensorFlow.js: no more than the layers that it lacks. */
export { registerLayers } from './engines/tensorflow/register.js';
