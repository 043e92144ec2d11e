// Shown in place of a page that broke: says so and offers to load it anew.
import { Button } from '@mantine/core';
import { IconMoodSad } from '@tabler/icons-react';
import { useTexts } from '../i18n/i18n.tsx';
import { Notice } from './Notice.tsx';
import { Shell } from './Shell.tsx';

export const CrashPage = () => {
  const texts = useTexts();
  return (
    <Shell>
      <Notice icon={<IconMoodSad />} tone="red" title={texts.failure.crashed} text={texts.failure.crashedNext}>
        <Button onClick={() => window.location.reload()}>{texts.common.reload}</Button>
      </Notice>
    </Shell>
  );
};
