/** A layer that its inputs do not fit: the message says what is wrong, without the layer's name. */
export class ShapeError extends Error {}
