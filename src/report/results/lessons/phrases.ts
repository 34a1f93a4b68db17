import { counted } from '../../../base/text/words.js';
import type { Language } from '../../../tasks/lessons/language.js';

/** What the program itself says in a lesson. */
interface Phrases {
  readonly minutes: (minutes: number) => string;
  readonly step: (number: number, of: number) => string;
  /** Headings of the table of figures. */
  readonly figure: string;
  readonly document: string;
  readonly here: string;
  readonly source: string;
  readonly all: (count: number) => string;
  readonly some: (held: number, count: number) => string;
  readonly folder: (folder: string) => string;
  readonly quick: string;
  /** What a quick lesson is content with, which is no figure of the document. */
  readonly ofQuick: (bound: string) => string;
  /** @param fetch the command line that brings them */
  readonly missing: (names: string, fetch: string) => string;
  /** Below a command that is about to run, and below all else. */
  readonly toRun: string;
  readonly toGoOn: string;
}

export const PHRASES: Readonly<Record<Language, Phrases>> = {
  en: {
    minutes: (minutes) => `about ${counted(minutes, 'minute')}`,
    step: (number, of) => `Step ${number} of ${of}`,
    figure: 'Figure',
    document: 'Document',
    here: 'Here',
    source: 'Source',
    all: (count) => (count === 1 ? 'The figure holds.' : `All ${count} figures hold.`),
    some: (held, count) => `${held} of ${count} figures hold.`,
    folder: (folder) => `What was made is in ${folder}.`,
    quick: 'the quick way',
    ofQuick: (bound) => `quick: ${bound}`,
    missing: (names, fetch) =>
      `${names} is not on this machine, so the lesson goes its quick way. To have it: ${fetch}`,
    toRun: 'space: run it   q: leave',
    toGoOn: 'space: go on   q: leave',
  },
  ko: {
    minutes: (minutes) => `약 ${minutes}분`,
    step: (number, of) => `${of}단계 중 ${number}단계`,
    figure: '값',
    document: '문서',
    here: '여기',
    source: '출처',
    all: (count) => `값 ${count}개가 모두 맞습니다.`,
    some: (held, count) => `값 ${count}개 중 ${held}개가 맞습니다.`,
    folder: (folder) => `만들어진 것은 ${folder}에 있습니다.`,
    quick: '빠른 길',
    ofQuick: (bound) => `빠른 길: ${bound}`,
    missing: (names, fetch) =>
      `이 컴퓨터에 ${names} 데이터가 없어 빠른 길로 갑니다. 데이터를 받으려면: ${fetch}`,
    toRun: '스페이스: 실행   q: 나가기',
    toGoOn: '스페이스: 계속   q: 나가기',
  },
};
