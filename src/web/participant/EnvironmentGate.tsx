// Stands before joining: shows the page only where a voice debate can work, and the way out elsewhere.
import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconBrowser, IconExternalLink, IconLock, IconMicrophoneOff } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { checkEnvironment } from '../../client/index.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { LanguageSwitch } from '../ui/LanguageSwitch.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Shell } from '../ui/Shell.tsx';
import { type Obstacle, obstacleOf } from './environment.ts';

export const EnvironmentGate = ({ children }: { children: ReactNode }) => {
  const [obstacle, setObstacle] = useState<Obstacle>(() =>
    obstacleOf(checkEnvironment(), { userAgent: navigator.userAgent, href: window.location.href }),
  );
  if (obstacle.kind === 'none') return children;
  return (
    <Shell right={<LanguageSwitch />}>
      <ObstaclePage obstacle={obstacle} onIgnore={() => setObstacle({ kind: 'none' })} />
    </Shell>
  );
};

type RealObstacle = Exclude<Obstacle, { kind: 'none' }>;

const ObstaclePage = ({ obstacle, onIgnore }: { obstacle: RealObstacle; onIgnore: () => void }) => {
  const texts = useTexts();
  const here = window.location.href;
  switch (obstacle.kind) {
    case 'plain_http':
      return (
        <Notice
          icon={<IconLock />}
          title={texts.environment.plainHttpTitle}
          text={texts.environment.plainHttp}
          testId="environment-plain-http"
        >
          <Code fz="md" className="long-text">
            {obstacle.secureUrl}
          </Code>
          <Group justify="center">
            <Button component="a" href={obstacle.secureUrl} leftSection={<IconLock size={18} aria-hidden />}>
              {texts.environment.openSecure}
            </Button>
            <CopyButton text={obstacle.secureUrl} label={texts.environment.copyLink} />
          </Group>
        </Notice>
      );
    case 'in_app':
      return (
        <Notice
          icon={<IconExternalLink />}
          title={texts.environment.inAppTitle(obstacle.app)}
          text={texts.environment.inApp}
          testId="environment-in-app"
        >
          <Stack w="100%" maw={340}>
            {obstacle.openUrl !== undefined && (
              <Button component="a" href={obstacle.openUrl} size="lg">
                {obstacle.isAndroid ? texts.environment.openChrome : texts.environment.openBrowser}
              </Button>
            )}
            <CopyButton text={here} label={texts.environment.copyLink} size="lg" />
            <Text c="dimmed">{texts.environment.inAppMenu}</Text>
            {obstacle.mayGoOn && (
              <Button variant="subtle" onClick={onIgnore}>
                {texts.environment.goOnAnyway}
              </Button>
            )}
          </Stack>
        </Notice>
      );
    default: {
      const title = {
        no_microphone: texts.environment.noMicrophoneTitle,
        no_recorder: texts.environment.noRecorderTitle,
        no_voice: texts.environment.noVoiceTitle,
      }[obstacle.kind];
      return (
        <Notice
          icon={obstacle.kind === 'no_microphone' ? <IconMicrophoneOff /> : <IconBrowser />}
          tone="orange"
          title={title}
          text={texts.environment.otherBrowser}
          testId="environment-unsupported"
        >
          <CopyButton text={here} label={texts.environment.copyLink} size="lg" />
        </Notice>
      );
    }
  }
};
