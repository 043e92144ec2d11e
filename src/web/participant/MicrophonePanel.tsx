// One's own microphone while waiting: a meter when it runs, the way to switch it on when it does not.
import { Button, Group, Loader, Paper, Text } from '@mantine/core';
import { IconMicrophone } from '@tabler/icons-react';
import type { Microphone } from '../../client/index.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { LevelMeter } from '../ui/LevelMeter.tsx';
import { MicHelp } from './MicCheck.tsx';
import { useLevel, useMicrophone } from './use-microphone.ts';

export const MicrophonePanel = ({ microphone }: { microphone: Microphone }) => {
  const texts = useTexts();
  const state = useMicrophone(microphone);
  const level = useLevel(microphone);
  return (
    <Paper className="step-card small">
      {state.status === 'failed' ? (
        <MicHelp problem={state.problem ?? 'unknown'} onRetry={() => void microphone.open()} />
      ) : state.status === 'closed' ? (
        <>
          <Text fw={600}>{texts.debate.noMicTitle}</Text>
          <Button leftSection={<IconMicrophone size={20} aria-hidden />} onClick={() => void microphone.open()}>
            {texts.mic.allow}
          </Button>
        </>
      ) : state.status === 'opening' ? (
        <Group role="status" justify="center">
          <Loader size="sm" aria-hidden />
          <Text>{texts.mic.waiting}</Text>
        </Group>
      ) : (
        <Group wrap="nowrap" gap="md">
          <IconMicrophone aria-hidden />
          <LevelMeter level={level} label={texts.waiting.yourMic} />
        </Group>
      )}
    </Paper>
  );
};
