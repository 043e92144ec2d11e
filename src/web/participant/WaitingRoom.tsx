// Before the start: who is here, who hears whom, and proof that one's own microphone works.

import { Alert, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Microphone, RoomClient, RoomClientState } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { isolated } from '../../protocol/typed-text.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { Shell } from '../ui/Shell.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { linkKindOf } from './link-quality.ts';
import { lineColorOf, MeshPicture } from './MeshPicture.tsx';
import { MicrophonePanel } from './MicrophonePanel.tsx';

interface WaitingRoomProps {
  readonly client: RoomClient;
  readonly microphone: Microphone;
  readonly state: RoomClientState;
  readonly room: RoomView;
}

export const WaitingRoom = ({ client, microphone, state, room }: WaitingRoomProps) => {
  const texts = useTexts();
  const [cancelled, setCancelled] = useState<'dropped' | 'missed'>();
  useEffect(
    () =>
      client.on('event', ({ event }) => {
        if (event.type === 'countdown_cancelled') setCancelled(event.reason === 'missed' ? 'missed' : 'dropped');
        if (event.type === 'countdown_started') setCancelled(undefined);
      }),
    [client],
  );
  const here = room.participants.filter((one) => one.connected).length;

  return (
    <>
      <ConnectionBanner client={client} state={state} />
      <Shell title={room.title}>
        <Stack className="step-column" data-testid="waiting-room">
          <Paper className="step-card" ta="center">
            <Title order={1} size="h2">
              {texts.waiting.title}
            </Title>
            <div>
              <MeshPicture room={room} links={state.links} />
              <Links room={room} state={state} />
            </div>
            <Group justify="center" gap="xs" role="status">
              <IconUsers aria-hidden />
              <Text size="lg" fw={650} data-testid="here-count">
                {texts.waiting.count(here, room.settings.roomSize)}
              </Text>
            </Group>
            {cancelled === undefined ? (
              <Text c="dimmed">{texts.waiting.startsBy}</Text>
            ) : (
              <Alert color="orange" role="status">
                {cancelled === 'missed' ? texts.waiting.missed : texts.waiting.cancelled}
              </Alert>
            )}
          </Paper>
          <MicrophonePanel microphone={microphone} />
        </Stack>
      </Shell>
    </>
  );
};

/** The picture's coloured lines in words, for one's own pairs. */
const Links = ({ room, state }: { room: RoomView; state: RoomClientState }) => {
  const texts = useTexts();
  const others = room.participants.filter((one) => one.id !== room.self && one.connected);
  return (
    <ul className="link-words">
      {others.map((one) => {
        const kind = linkKindOf(state.links[one.id], one);
        return (
          <li key={one.id} data-kind={kind}>
            <span className="seat-dot" style={{ background: lineColorOf(kind) }} aria-hidden />
            {isolated(one.nickname)}: {texts.link[kind === 'connected' && !one.micOn ? 'micOff' : kind]}
          </li>
        );
      })}
    </ul>
  );
};
