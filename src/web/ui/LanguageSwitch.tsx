// Chooses the language of the page. Each is named in itself: who cannot read the present one finds theirs.
import { SegmentedControl } from '@mantine/core';
import { LANGUAGES, type Language } from '../../client/index.ts';
import { useLanguage, useTexts } from '../i18n/i18n.tsx';

export const LANGUAGE_CHOICES = Object.entries(LANGUAGES).map(([value, { name }]) => ({ value, label: name }));

export const LanguageSwitch = () => {
  const { language, choose } = useLanguage();
  const texts = useTexts();
  return (
    <SegmentedControl
      size="sm"
      aria-label={texts.common.language}
      data-testid="language-switch"
      value={language}
      onChange={(value) => choose(value as Language)}
      data={LANGUAGE_CHOICES}
    />
  );
};
