// One room for its researcher: live while it runs; afterwards recordings, stages, transcript and report.
import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconDoorOff, IconPlugConnected } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import type { ApiRefusal } from '../../../client/index.ts';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { codeOf, failureText } from '../../ui/failure.ts';
import { Notice } from '../../ui/Notice.tsx';
import { Link, navigate } from '../../ui/router.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi, useSession } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';
import { PlayerProvider } from '../recordings/player.tsx';
import { RecordingsPanel } from '../recordings/RecordingsPanel.tsx';
import { ResultsPanel } from '../results/ResultsPanel.tsx';
import { ChoicesPanel } from './ChoicesPanel.tsx';
import { LatenessPanel } from './LatenessPanel.tsx';
import { PhaseBadge } from './PhaseBadge.tsx';
import { RoomActions } from './RoomActions.tsx';
import { RoomSeats } from './RoomSeats.tsx';
import { RoomTimeline } from './RoomTimeline.tsx';

export const ConsoleRoomPage = ({ roomId }: { roomId: string }) => {
  const texts = useTexts();
  const api = useApi();
  const request = useRequest(useCallback(() => api.room(roomId), [api, roomId]));
  if (request.data === undefined && codeOf(request.failure) === 'room_not_found') {
    return <RoomGone title={texts.console.room.notFound} />;
  }
  return <Loaded request={request}>{(room) => <LiveRoom initial={room} />}</Loaded>;
};

const RoomGone = ({ title }: { title: string }) => (
  <Notice icon={<IconDoorOff />} title={title} testId="room-gone">
    <Button onClick={() => navigate('/console')}>{useTexts().console.nav.studies}</Button>
  </Notice>
);

const LiveRoom = ({ initial }: { initial: RoomAnswer }) => {
  const texts = useTexts();
  const words = texts.console.room;
  const { api, signOut } = useSession();
  const [room, setRoom] = useState(initial);
  const [link, setLink] = useState<'live' | 'reconnecting'>('live');
  const [gone, setGone] = useState<ApiRefusal>();
  useEffect(() => {
    const onOver = (refusal: ApiRefusal) => (refusal.code === 'unauthorized' ? signOut(true) : setGone(refusal));
    return api.watchRoom(initial.id, { onRoom: setRoom, onState: setLink, onOver });
  }, [api, signOut, initial.id]);
  const isOver = room.phase === 'ended';

  if (gone !== undefined) {
    return <RoomGone title={gone.code === 'room_not_found' ? words.erasedNow : failureText(gone, texts)} />;
  }

  return (
    <PlayerProvider>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start">
          <div>
            <Link href={`/console/studies/${room.studyId}`} className="touch-link">
              ← {room.title}
            </Link>
            <Group gap="sm" mt={4}>
              <Title order={1} size="h2">
                {words.title(room.code)}
              </Title>
              <PhaseBadge phase={room.phase} />
              {!isOver && room.phase !== 'expired' && (
                <Badge
                  variant="default"
                  tt="none"
                  size="lg"
                  role="status"
                  leftSection={
                    link === 'live' ? <span className="live-dot" /> : <IconPlugConnected size={14} aria-hidden />
                  }
                >
                  {link === 'live' ? words.live : words.reconnecting}
                </Badge>
              )}
            </Group>
            {room.label !== undefined && <Text c="dimmed">{room.label}</Text>}
          </div>
          <Group gap="sm">
            <CopyButton size="sm" text={room.joinUrl} label={texts.console.study.copyLink} />
            <RoomActions room={room} />
          </Group>
        </Group>
        <Paper className="card">
          <RoomTimeline room={room} />
        </Paper>
        <Paper className="card" component="section" aria-label={words.people}>
          <Group justify="space-between" mb="sm">
            <Title order={2} size="h4">
              {words.people}
            </Title>
            {room.phase === 'running' && (
              <Text fw={600} data-testid="live-page">
                {words.page(room.page + 1, room.pageCount)}
              </Text>
            )}
          </Group>
          {room.wrongPins !== undefined && (
            <Text size="sm" c="orange.9" mb="sm" data-testid="wrong-pins">
              {words.wrongPins(room.wrongPins)}
            </Text>
          )}
          <RoomSeats room={room} />
        </Paper>
        {(isOver || room.phase === 'running') && <ChoicesPanel room={room} />}
        {(isOver || room.phase === 'running') && <LatenessPanel room={room} />}
        {(isOver || room.phase === 'running') && <RecordingsPanel room={room} />}
        {isOver && <ResultsPanel room={room} />}
      </Stack>
    </PlayerProvider>
  );
};
