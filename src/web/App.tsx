// Which part of the app an address opens. The console is loaded only by researchers.
import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTexts } from './i18n/i18n.tsx';
import { ParticipantApp } from './participant/ParticipantApp.tsx';
import { StartPage } from './participant/StartPage.tsx';
import { Notice } from './ui/Notice.tsx';
import { navigate, partsOf, usePath } from './ui/router.tsx';
import { Shell } from './ui/Shell.tsx';

const ConsoleApp = lazy(async () => ({ default: (await import('./console/frame/ConsoleApp.tsx')).ConsoleApp }));

export const App = () => {
  const [area, ...rest] = partsOf(usePath());
  const code = rest[0];
  if (area === undefined) return <StartPage />;
  if ((area === 'j' || area === 'join') && code !== undefined) return <ParticipantApp key={code} code={code} />;
  if (area === 'j' || area === 'join') return <StartPage />;
  if (area === 'console') {
    return (
      <Suspense fallback={null}>
        <ConsoleApp parts={rest} />
      </Suspense>
    );
  }
  return <NotFound />;
};

const NotFound = () => {
  const texts = useTexts();
  return (
    <Shell>
      <Notice icon={<IconMapQuestion />} title={texts.failure.notFound} text={texts.failure.notFoundNext}>
        <Button onClick={() => navigate('/')}>{texts.failure.toStart}</Button>
      </Notice>
    </Shell>
  );
};
