import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inLanguage, languageOf } from '../../../src/tasks/lessons/language.js';

test('the language is that of the locale, where it is one of ours', () => {
  const cases: readonly [NodeJS.ProcessEnv, string][] = [
    [{}, 'en'],
    [{ LANG: 'ko_KR.UTF-8' }, 'ko'],
    [{ LANG: 'KO' }, 'ko'],
    [{ LANG: 'kok_IN' }, 'en'],
    [{ LANG: 'de_DE.UTF-8' }, 'en'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LC_ALL: 'en_US.UTF-8', LANG: 'ko_KR.UTF-8' }, 'en'],
    [{ LC_ALL: '', LANG: 'ko_KR.UTF-8' }, 'ko'],
    [{ LC_MESSAGES: 'ko_KR', LANG: 'en_US.UTF-8' }, 'ko'],
  ];
  for (const [env, language] of cases) assert.is(languageOf(env), language, JSON.stringify(env));
});

test('a text is the same for all, or one a language', () => {
  assert.is(inLanguage('both', 'ko'), 'both');
  assert.is(inLanguage({ en: 'yes', ko: '네' }, 'en'), 'yes');
  assert.is(inLanguage({ en: 'yes', ko: '네' }, 'ko'), '네');
});

test.run();
