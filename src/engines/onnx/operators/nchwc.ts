/** The domain of the operators in ONNX Runtime's own layout. */
export const NCHWC = 'com.microsoft.nchwc';

/** The activations that its convolution applies, by its names for them. */
export const FUSED = { relu: 'Relu', tanh: 'Tanh' } as const;
export type FusedActivation = keyof typeof FUSED;

export const isFused = (activation: string): activation is FusedActivation => activation in FUSED;
