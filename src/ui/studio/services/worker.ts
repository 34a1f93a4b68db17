/**
 * The process that has an engine and reads data sets for the studio, which stays light so. Asked by IPC, it answers each
 * question with what was found or with the sentence that says why nothing was.
 */
import { messageOf } from '../../../base/errors.js';
import { speakInFlags } from '../../../cli/wording.js';
import { keyOfQuestion, type Question } from '../state/effect.js';
import type { Answer, Answers } from './answer.js';

speakInFlags();

async function answer(question: Question): Promise<Answers[keyof Answers]> {
  if (question.ask === 'sheet') {
    const { sheetOf } = await import('./sheet-of.js');
    return sheetOf(question.dataset, question.isAugmented);
  }
  const look = await import('./look-inside.js');
  switch (question.ask) {
    case 'seen':
      return look.seePicture(question, question.image);
    case 'maps':
      return look.seeMaps(question, question.image, question.layer);
    case 'filters':
      return look.seeFilters(question, question.layer);
    case 'value':
      return look.seeValue(question, question.image, question.layer, question.place, question);
    case 'mistakes':
      return look.seeMistakes(question.run);
    case 'responses':
      return look.seeResponses(question.run, question.layer);
    case 'gradcam':
      return look.seeGradcam(question.run, question.image, question.layer);
    case 'occlusion':
      return look.seeOcclusion(question.run, question.image);
  }
}

process.on('message', (question: Question) => {
  void answer(question)
    .then(
      (found): Answer => ({ found }),
      (error: unknown): Answer => ({ problem: messageOf(error) }),
    )
    .then((found) => process.send?.({ key: keyOfQuestion(question), answer: found }));
});
// The studio is gone, however that came.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
