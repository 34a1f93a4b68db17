/** The languages of lessons. */
export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text of a lesson: the same for all, or one a language. */
export type Text = string | Readonly<Record<Language, string>>;

export function inLanguage(text: Text, language: Language): string {
  return typeof text === 'string' ? text : text[language];
}

/** The language of whoever runs the program, by the first of LC_ALL, LC_MESSAGES and LANG that is set; English where it is none of ours. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '');
  return LANGUAGES.find((language) => new RegExp(`^${language}(?![a-z])`, 'i').test(locale ?? '')) ?? 'en';
}
