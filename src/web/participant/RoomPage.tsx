// A seat in a room: holds the client for as long as the page is open, and shows what the room's phase asks for.
import { Button, Stack, Text } from '@mantine/core';
import { IconArrowsExchange, IconPlugConnected } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { createRoomClient, type Microphone, type RoomClient } from '../../client/index.ts';
import type { IceServer } from '../../protocol/join-answers.ts';
import { LanguageScope, useLanguage, useTexts } from '../i18n/i18n.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Shell } from '../ui/Shell.tsx';
import { Announcer } from './Announcer.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { Countdown } from './Countdown.tsx';
import { Debate } from './Debate.tsx';
import { Finish } from './Finish.tsx';
import { OverNotice, overReasonOf } from './OverNotice.tsx';
import { RemoteVoices } from './RemoteVoices.tsx';
import { SaveRecording } from './SaveRecording.tsx';
import { useRoomState, useSecondsSince, useWakeLock } from './use-room.ts';
import { WaitingRoom } from './WaitingRoom.tsx';

interface RoomPageProps {
  readonly token: string;
  readonly microphone: Microphone;
  readonly listensOnly: boolean;
  readonly relayOnly: boolean;
  readonly deviceId?: string;
  readonly iceServers?: readonly IceServer[];
  readonly onUnauthorized: () => void;
}

export const RoomPage = (props: RoomPageProps) => {
  const { token, microphone, listensOnly, relayOnly, deviceId, iceServers, onUnauthorized } = props;
  const [client] = useState(() =>
    createRoomClient({
      serverUrl: '',
      token,
      microphone,
      iceTransportPolicy: relayOnly ? 'relay' : 'all',
      ...(iceServers === undefined ? {} : { iceServers }),
    }),
  );
  const state = useRoomState(client);
  const { language } = useLanguage();

  // Effects of the children run first: whoever listens to the client listens before it connects.
  useEffect(() => {
    client.connect();
    return () => void client.close();
  }, [client]);

  // After a reload nobody went through the sound check: the microphone comes back by itself.
  const isOver = state.room?.phase === 'ended' || state.room?.phase === 'expired';
  useEffect(() => {
    if (isOver) microphone.close();
    else if (!listensOnly && microphone.state.status === 'closed') void microphone.open(deviceId);
  }, [isOver, listensOnly, deviceId, microphone]);

  useWakeLock(state.room !== undefined && !isOver);

  // One tree from the first moment on: a voice that arrives before the room must not lose its player to another tree.
  return (
    <LanguageScope language={state.room?.language ?? language}>
      <RoomBody client={client} microphone={microphone} onUnauthorized={onUnauthorized} />
      {!isOver && <RemoteVoices client={client} microphone={microphone} />}
    </LanguageScope>
  );
};

type RoomBodyProps = Pick<RoomPageProps, 'microphone' | 'onUnauthorized'> & { readonly client: RoomClient };

const RoomBody = ({ client, microphone, onUnauthorized }: RoomBodyProps) => {
  const texts = useTexts();
  const state = useRoomState(client);
  const { room } = state;

  if (state.connection === 'replaced' && room?.phase !== 'ended') {
    return (
      <Shell {...(room === undefined ? {} : { title: room.title })}>
        <Notice
          icon={<IconArrowsExchange />}
          title={texts.over.replacedTitle}
          text={texts.over.replaced}
          testId="replaced"
        >
          <Button size="lg" onClick={() => client.connect()} data-testid="use-here">
            {texts.over.useHere}
          </Button>
        </Notice>
      </Shell>
    );
  }
  if (state.connection === 'refused' && room?.phase !== 'ended') {
    const code = state.refusal?.code;
    return (
      <Shell>
        {code === 'unauthorized' ? (
          <OverNotice reason="unauthorized" onRetry={onUnauthorized} />
        ) : (
          <OverNotice
            reason={overReasonOf(code) ?? 'other'}
            {...(state.refusal === undefined ? {} : { message: state.refusal.message })}
            onRetry={() => client.connect()}
          />
        )}
        {room !== undefined && state.upload.keptTakes > 0 && (
          <Stack align="center" pb="xl">
            <Text maw={480} ta="center">
              {texts.over.kept}
            </Text>
            <SaveRecording client={client} room={room} />
          </Stack>
        )}
      </Shell>
    );
  }
  if (room === undefined) return <FirstConnection client={client} />;
  switch (room.phase) {
    case 'ended':
      return <Finish client={client} state={state} room={room} />;
    case 'expired':
      return (
        <Shell title={room.title}>
          <OverNotice reason="room_expired" />
        </Shell>
      );
    default:
      return (
        <>
          <Announcer client={client} room={room} />
          {room.phase === 'running' ? (
            <Debate client={client} microphone={microphone} state={state} room={room} />
          ) : (
            <WaitingRoom client={client} microphone={microphone} state={state} room={room} />
          )}
          {room.phase === 'countdown' && room.startsAt !== undefined && (
            <Countdown client={client} startsAt={room.startsAt} />
          )}
        </>
      );
  }
};

const SLOW_AFTER_SECONDS = 6;

const FirstConnection = ({ client }: { client: RoomClient }) => {
  const texts = useTexts();
  const state = useRoomState(client);
  const seconds = useSecondsSince(true);
  if (seconds < SLOW_AFTER_SECONDS) {
    return (
      <Shell>
        <Notice icon={<IconPlugConnected />} title={texts.connection.connecting} />
      </Shell>
    );
  }
  return (
    <Shell>
      <ConnectionBanner client={client} state={state} />
      <Stack align="center" py="xl">
        <Text>{texts.connection.serverAwayFor(seconds)}</Text>
        <Button onClick={() => window.location.reload()}>{texts.common.reload}</Button>
      </Stack>
    </Shell>
  );
};
