import { loadModel } from '../../../src/models/zoo.js';
import type { EndEvent, EpochEvent, StartEvent, StepEvent, TrainingEvent } from '../../../src/runs/events.js';
import { resolvedConfig } from '../../../src/runs/run-config.js';

export function startEvent(changes: Partial<StartEvent> = {}): StartEvent {
  return {
    event: 'start',
    model: 'mnist-basic',
    title: 'Keras MNIST convnet',
    dataset: 'digits',
    engine: 'onnx',
    device: 'cpu',
    deviceDescription: '2 threads, AMD EPYC',
    params: 1199882,
    optimizer: 'RMSprop',
    epochs: 12,
    batchSize: 64,
    trainImages: 54000,
    validationImages: 6000,
    testImages: 10000,
    stepsPerEpoch: 844,
    seed: 1,
    run: 'runs/mnist-basic-1',
    resumedEpoch: null,
    config: { ...resolvedConfig(loadModel('mnist-basic')), layers: ['flatten'] },
    ...changes,
  };
}

export function stepEvent(changes: Partial<StepEvent> = {}): StepEvent {
  return {
    event: 'step',
    epoch: 1,
    step: 1,
    stepsPerEpoch: 844,
    loss: 2.3,
    epochLoss: 2.3,
    epochAccuracy: 0.1,
    learningRate: 0.001,
    imagesPerSecond: 5012.4,
    epochEtaSeconds: 12,
    runEtaSeconds: 150,
    phase: 'training',
    ...changes,
  };
}

export function epochEvent(changes: Partial<EpochEvent> = {}): EpochEvent {
  return {
    event: 'epoch',
    run: 'runs/mnist-basic-1',
    epoch: 1,
    loss: 0.2310123,
    accuracy: 0.92951,
    validationLoss: 0.0601,
    validationAccuracy: 0.9811,
    testLoss: null,
    testAccuracy: null,
    seconds: 12.3,
    imagesPerSecond: 5012.4,
    ...changes,
  };
}

export function endEvent(changes: Partial<EndEvent> = {}): EndEvent {
  return {
    event: 'end',
    run: 'runs/mnist-basic-1',
    epochs: 12,
    testLoss: 0.0271,
    testAccuracy: 0.9915,
    seconds: 148,
    reason: 'completed',
    ...changes,
  };
}

/** The events of `epochs` epochs of `steps` steps each, with figures that become better. */
export function trainingEvents(epochs: number, steps = 40): TrainingEvent[] {
  const events: TrainingEvent[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let step = 1; step <= steps; step++) {
      const loss = 2.3 / (1 + 0.05 * ((epoch - 1) * steps + step));
      events.push(
        stepEvent({ epoch, step, stepsPerEpoch: steps, loss, epochLoss: loss, epochAccuracy: 1 - loss / 3 }),
      );
    }
    events.push(epochEvent({ epoch, loss: 0.5 / epoch, accuracy: 1 - 0.1 / epoch }));
  }
  return events;
}
