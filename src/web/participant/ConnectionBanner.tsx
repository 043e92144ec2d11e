// One line on top that says what the connection is doing, and for how long. Nothing is shown while all is well.

import { Alert, Button, Group, Text } from '@mantine/core';
import { IconMicrophoneOff, IconPlugConnected, IconWifiOff } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { RoomClient, RoomClientState } from '../../client/index.ts';
import { isolated } from '../../protocol/typed-text.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { useIsOnline, useSecondsSince } from './use-room.ts';

const SERVER_AWAY_AFTER_SECONDS = 8;
const RELOAD_OFFERED_AFTER_SECONDS = 25;
/** The mesh needs a moment by nature; only what lasts longer is worth a word. */
const VOICE_SLOW_AFTER_SECONDS = 4;
const RESTORED_SHOWN_MS = 2_500;

interface ConnectionBannerProps {
  readonly client: RoomClient;
  readonly state: RoomClientState;
}

export const ConnectionBanner = ({ state }: ConnectionBannerProps) => {
  const texts = useTexts();
  const isOnline = useIsOnline();
  const isAway = state.connection === 'reconnecting' || state.connection === 'connecting';
  const seconds = useSecondsSince(isAway);
  const isRestored = useJustRestored(isAway, state.room !== undefined);

  const here = state.room?.participants.filter((one) => one.connected && one.id !== state.room?.self) ?? [];
  const withLink = (states: readonly string[]) =>
    here.filter((one) => states.includes(state.links[one.id]?.state ?? '')).map((one) => isolated(one.nickname));
  const failed = withLink(['failed', 'closed']);
  const restoring = withLink(['new', 'connecting', 'disconnected']);
  const restoringSeconds = useSecondsSince(restoring.length > 0);

  if (isAway) {
    const isLong = seconds >= SERVER_AWAY_AFTER_SECONDS;
    return (
      <Banner icon={isOnline ? <IconPlugConnected aria-hidden /> : <IconWifiOff aria-hidden />} tone="orange">
        <Text fw={600}>
          {!isOnline ? texts.connection.offline : isLong ? texts.connection.serverAway : texts.connection.reconnecting}
        </Text>
        <Text size="sm">
          {isOnline && isLong ? texts.connection.serverAwayFor(seconds) : texts.connection.reconnectingNext}
        </Text>
        {seconds >= RELOAD_OFFERED_AFTER_SECONDS && (
          <Button mt="xs" size="sm" variant="default" onClick={() => window.location.reload()}>
            {texts.common.reload}
          </Button>
        )}
      </Banner>
    );
  }
  const { upload } = state;
  // What was lost earlier is told at the end; now the talk is being recorded again.
  const isRecordedAgain = upload.capturing && upload.lacking && upload.keptTakes === 0;
  if (upload.failure !== undefined && !isRecordedAgain) {
    return (
      <Banner icon={<IconMicrophoneOff aria-hidden />} tone="red">
        <Text fw={600}>{texts.connection.recordingFailed}</Text>
        <Text size="sm">
          {upload.failure.code === 'capture_failed' ? texts.connection.captureFailed : upload.failure.message}
        </Text>
      </Banner>
    );
  }
  if (failed.length > 0) {
    return (
      <Banner icon={<IconWifiOff aria-hidden />} tone="red">
        <Text fw={600}>{texts.connection.voiceFailed(failed.join(', '))}</Text>
        <Text size="sm">{texts.connection.voiceFailedNext}</Text>
      </Banner>
    );
  }
  if (restoringSeconds >= VOICE_SLOW_AFTER_SECONDS) {
    return (
      <Banner icon={<IconPlugConnected aria-hidden />} tone="orange">
        <Text fw={600}>{texts.connection.voices(restoring.join(', '))}</Text>
      </Banner>
    );
  }
  if (isRestored) {
    return (
      <Banner icon={<IconPlugConnected aria-hidden />} tone="teal">
        <Text fw={600}>{texts.connection.restored}</Text>
      </Banner>
    );
  }
  return <div role="status" aria-live="polite" data-testid="connection-banner" />;
};

const Banner = ({ icon, tone, children }: { icon: ReactNode; tone: string; children: ReactNode }) => (
  <div role="status" aria-live="polite" data-testid="connection-banner">
    <Alert color={tone} radius={0} py="xs" className="connection-banner">
      <Group wrap="nowrap" gap="sm" justify="center">
        {icon}
        <div>{children}</div>
      </Group>
    </Alert>
  </div>
);

/** True for a moment after the connection came back; not after the first one. */
const useJustRestored = (isAway: boolean, hasRoom: boolean): boolean => {
  const [wasAway, setWasAway] = useState(false);
  useEffect(() => {
    if (isAway && hasRoom) setWasAway(true);
    if (isAway || !wasAway) return;
    const timer = setTimeout(() => setWasAway(false), RESTORED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isAway, hasRoom, wasAway]);
  return wasAway && !isAway;
};
