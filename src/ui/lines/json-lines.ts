import { visibleJson } from '../../base/text/visible.js';
import type { TrainingEvent } from '../../runs/events.js';

/**
 * The line of JSON for an event, or undefined for those that scripts are not promised. The keys and their order are an
 * interface, so each is named here, `run` in all of them; a figure that is not finite becomes null, since JSON has no other word for it.
 */
export function jsonLine(event: TrainingEvent): string | undefined {
  switch (event.event) {
    case 'start': {
      const { event: kind, model, dataset, engine, device, params } = event;
      const { epochs, batchSize, seed, run, config } = event;
      const budget = { epochs, batchSize, seed, run, config };
      return visibleJson({ event: kind, model, dataset, engine, device, params, ...budget });
    }
    case 'epoch': {
      const {
        event: kind,
        epoch,
        loss,
        accuracy,
        validationLoss,
        validationAccuracy,
        testLoss,
        testAccuracy,
        seconds,
        imagesPerSecond,
        run,
      } = event;
      return visibleJson({
        event: kind,
        epoch,
        loss,
        accuracy,
        validationLoss: validationLoss ?? null,
        validationAccuracy: validationAccuracy ?? null,
        testLoss: testLoss ?? null,
        testAccuracy: testAccuracy ?? null,
        seconds,
        imagesPerSecond,
        run,
      });
    }
    case 'end': {
      const { event: kind, run, epochs, testLoss, testAccuracy, seconds, reason } = event;
      return visibleJson({
        event: kind,
        run,
        epochs,
        testLoss: testLoss ?? null,
        testAccuracy: testAccuracy ?? null,
        seconds,
        reason,
      });
    }
    default:
      return undefined;
  }
}
