// The languages of the product, once. Texts stand where they are said, keyed by these.

/** Each named in itself, and the locale by which its dates are written. */
export const LANGUAGES = {
  ko: { name: '한국어', locale: 'ko-KR' },
  en: { name: 'English', locale: 'en-GB' },
} as const;

export type Language = keyof typeof LANGUAGES;
export type InEachLanguage = Readonly<Record<Language, string>>;

export const LANGUAGE_CODES = Object.keys(LANGUAGES) as [Language, ...Language[]];

export const isLanguage = (value: unknown): value is Language =>
  typeof value === 'string' && Object.hasOwn(LANGUAGES, value);

/** Of what is stored as any text; English where it is none of these. */
export const languageOf = (value: unknown): Language => (isLanguage(value) ? value : 'en');
