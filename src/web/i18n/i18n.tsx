// The language of what is shown: the browser's, what was chosen here, or the study's inside a room.
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { isLanguage, type Language } from '../../client/index.ts';
import { type Texts, textsEn } from './texts.en.ts';
import { textsKo } from './texts.ko.ts';

const STORED = 'trialogue.language';
const dictionaries: Record<Language, Texts> = { en: textsEn, ko: textsKo };

interface LanguageState {
  readonly language: Language;
  readonly choose: (language: Language) => void;
  /** A scope's language for the whole document, as long as the scope is shown. */
  readonly setScope: (language: Language | undefined) => void;
}

const nothing = () => {};
const LanguageContext = createContext<LanguageState>({ language: 'en', choose: nothing, setScope: nothing });

const storedLanguage = (): Language | undefined => {
  try {
    const value = window.localStorage.getItem(STORED);
    return isLanguage(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const browserLanguage = (): Language =>
  navigator.languages.some((tag) => tag.toLowerCase().startsWith('ko')) ? 'ko' : 'en';

export const LanguageProvider = ({ children }: { children: ReactNode }) => {
  const [language, setLanguage] = useState<Language>(() => storedLanguage() ?? browserLanguage());
  const [scope, setScope] = useState<Language>();
  const choose = (next: Language) => {
    setLanguage(next);
    try {
      window.localStorage.setItem(STORED, next);
    } catch {
      // Storage may be closed (private mode): the choice then lasts until the page is left.
    }
  };
  useEffect(() => {
    document.documentElement.lang = scope ?? language;
  }, [scope, language]);
  return <LanguageContext value={{ language, choose, setScope }}>{children}</LanguageContext>;
};

/** Inside a room the study's language holds, whatever the browser speaks. */
export const LanguageScope = ({ language, children }: { language: Language; children: ReactNode }) => {
  const { setScope } = useContext(LanguageContext);
  useEffect(() => {
    setScope(language);
    return () => setScope(undefined);
  }, [language, setScope]);
  return <LanguageContext value={{ language, choose: nothing, setScope }}>{children}</LanguageContext>;
};

export const useLanguage = (): LanguageState => useContext(LanguageContext);
export const useTexts = (): Texts => dictionaries[useContext(LanguageContext).language];
