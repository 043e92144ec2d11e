// One's own microphone in the debate: what it is now is said by colour, icon and word.
import { Button } from '@mantine/core';
import { IconMicrophone, IconMicrophoneOff } from '@tabler/icons-react';
import type { Microphone, RoomClient } from '../../client/index.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { showRefusal } from './refusal.ts';
import { useLevel, useMicrophone } from './use-microphone.ts';

interface MuteButtonProps {
  readonly client: RoomClient;
  readonly microphone: Microphone;
  readonly isMutedByHost: boolean;
}

export const MuteButton = ({ client, microphone, isMutedByHost }: MuteButtonProps) => {
  const texts = useTexts();
  const state = useMicrophone(microphone);
  const level = useLevel(microphone);
  const isOn = state.status === 'open' && state.on && !isMutedByHost;

  const toggle = async () => {
    if (isOn) {
      microphone.setOn(false);
      return;
    }
    if (state.status !== 'open') {
      const opened = await microphone.open(state.deviceId);
      if (opened.status !== 'open') return;
    }
    if (isMutedByHost) {
      const result = await client.unmute();
      if (!result.ok) showRefusal(result.error);
      return;
    }
    microphone.setOn(true);
  };

  return (
    <Button
      size="lg"
      variant={isOn ? 'light' : 'filled'}
      color={isOn ? 'teal' : 'red'}
      className="mute-button"
      leftSection={isOn ? <IconMicrophone aria-hidden /> : <IconMicrophoneOff aria-hidden />}
      onClick={() => void toggle()}
      aria-label={isOn ? texts.debate.mute : texts.debate.unmute}
      data-testid="mute-button"
      data-on={isOn}
      style={{ '--level': isOn ? level : 0 }}
    >
      {isOn ? texts.debate.micIsOn : texts.debate.micIsOff}
    </Button>
  );
};
