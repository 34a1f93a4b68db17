/** A network that learns `digits` in seconds: two convolutions with pooling, two dense layers. */
export const smallDigits = (epochs: number, learningRate: number): string => `title: Small
input: [28, 28, 1]
classes: 10
dataset: digits
layers:
  - conv2d: { filters: 8, kernelSize: 5, activation: relu }
  - maxPool2d: 2
  - conv2d: { filters: 16, kernelSize: 5, activation: relu }
  - maxPool2d: 2
  - flatten
  - dense: { units: 32, activation: relu }
  - dense: { units: classes, activation: softmax }
training:
  epochs: ${epochs}
  batchSize: 20
  optimizer: { name: adam, learningRate: ${learningRate} }
`;
