/** What docs/performance.md says beside what is measured anew each time. */

/** How convolutions are filtered, and what that does to rounding. */
export const FILTERING = `## Convolutions by Winograd's filtering

How a network can run at more than 100 % of the matrix product: 3x3 convolutions of stride 1 are computed by Winograd's minimal
filtering where that is estimated to be faster. F(4x4, 3x3) takes 36 products for a tile of 16 outputs instead of 144 (Lavin and Gray,
arXiv:1509.09308), and F(5x5, 3x3) 49 for 25, which fits maps of 14x14 better. It is put together from ONNX Runtime's own operators:
tiles are gathered, transformed by a product with a constant matrix, and multiplied in the 36 or 49 groups of one 1x1 convolution, in
pieces that caches hold. The transformed input
serves the forward pass and the kernel's gradient. \`cnnzoo bench MODEL --explain\` names each layer's formulation; the
estimate's rates, which \`npm run bench:formulations\` measures and holds to single convolutions (11 of 11 choices within 10 % of
the fastest), are in \`src/engines/onnx/operators/products/winograd/rates.ts\`. In inference whole networks are planned so where
it saves enough, with batch normalization folded into the convolutions.

It rounds otherwise than the direct form. The largest error beside double precision, of the largest value, of 16 maps of
12x12 and 128 channels to 64 with random weights (\`test/engines/onnx/parity-winograd.test.ts\`): direct 2.8e-7, F(2x2, 3x3) 5.5e-7,
F(4x4, 3x3) 1.6e-6, F(5x5, 3x3) 4.0e-6; their gradients agree with the direct form's to 1e-4 of the largest. F(4x4, 3x3) at the usual points
0, 1, -1, 2 and -2 has 4.1e-6, so it is taken at 0, 1, -1, 1/2 and -2 (Barabasz and others, arXiv:1803.10986). F(6x6, 3x3) is not used: a
kernel's gradient was off by 3.8e-4 of the largest. \`CNNZOO_FORMULATION=direct\` switches it
off, \`winograd-2x2\`, \`winograd-4x4\` and \`winograd-5x5\` ask for one form wherever it can be used; a run records it and goes on in it. It is refused
where nothing would come of it: with \`--engine tensorflow\`, and on a GPU.
`;

/** How large steps spare memory. */
export const MEMORY = `## Memory of large steps

Where layers give 200 MB and more for a batch, a training step is written so that it takes less memory. What lives at once was not
the matter, but what stayed taken: ONNX Runtime gives a tensor the place of an earlier one of the same extents, and keeps that place from
the one to the other, from the forward pass to the backward pass. So tensors of the forward pass have extents that ONNX Runtime does not know
beforehand, and each gets a place for as long as it is read (resnet18, 16 images: 707 MB live at once before, 500 after). Besides, the normalized
maps in front of overlapping pooling and of direct convolutions are computed again for the backward pass instead of being kept, and fewer
transformed inputs are kept. The bits are the same. Together, on both sides in the same phase of the machine: \`resnet18\` 1.1 GB to 0.83 GB,
\`vgg16\` 4.5 to 3.5, \`googlenet\` 1.4 to 1.3; a step of \`resnet18\` took between 2 % less and 9 % more time in six pairs, 3 % more in the mean. Smaller steps are
left as they are: \`resnet18-small\` took 7 % more time and as much memory.
`;
