// Who is in the room right now: connection, voice, recording and uploads per seat. After the end: who took part.
import { Group, Stack, Text } from '@mantine/core';
import { IconCloudCheck, IconCloudUpload, IconCrown, IconMicrophone, IconMicrophoneOff } from '@tabler/icons-react';
import type { CSSProperties } from 'react';
import type { RoomAnswer, RoomParticipantAnswer } from '../../../protocol/room-answers.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { bytesText } from '../../ui/format.ts';
import { seatColorOf } from '../../ui/theme.ts';

export const RoomSeats = ({ room }: { room: RoomAnswer }) => {
  const words = useTexts().console.room;
  if (room.participants.length === 0) return <Text c="dimmed">{words.noPeople}</Text>;
  return (
    <ul className="plain-list seats">
      {room.participants.map((one) => (
        <SeatCard key={one.id} one={one} phase={room.phase} />
      ))}
    </ul>
  );
};

const SeatCard = ({ one, phase }: { one: RoomParticipantAnswer; phase: RoomAnswer['phase'] }) => {
  const texts = useTexts();
  const words = texts.console.room;
  const color = seatColorOf(one.seat);
  const isLive = phase !== 'ended' && phase !== 'expired';
  const isHere = isLive && one.presence === 'connected';
  // The last presence stays in the room's state: after its end it says nothing about now.
  const wasThere = phase === 'ended' && (one.presence === 'connected' || one.presence === 'away');
  const isGone = one.presence === 'left' || one.presence === 'removed';
  const presence = isLive || isGone ? words.presence[one.presence] : wasThere ? words.tookPart : undefined;
  const voice = one.muted ? words.muted : !one.micOn ? words.micOff : one.speaking ? words.speaking : undefined;
  return (
    <li
      className="person"
      data-speaking={isHere && one.speaking}
      data-away={!isHere && !wasThere}
      data-testid={`seat-${one.seat}`}
      style={{ '--seat-strong': color.strong } as CSSProperties}
    >
      <span className="avatar" aria-hidden>
        {[...one.nickname][0] ?? '?'}
      </span>
      <Stack gap={2} className="person-words">
        <Group gap={6} wrap="nowrap">
          <Text fw={650} truncate>
            {isolated(one.nickname)}
          </Text>
          {one.isHost && <IconCrown size={16} className="host-mark" role="img" aria-label={texts.common.host} />}
        </Group>
        {presence !== undefined && (
          <Text size="sm" c="dimmed">
            {presence}
            {isHere && voice !== undefined ? ` · ${voice}` : ''}
          </Text>
        )}
        {one.externalId !== undefined && (
          <Text size="sm" c="dimmed" truncate>
            {one.externalId}
          </Text>
        )}
        {one.unusableId !== undefined && (
          <Text size="sm" c="orange.9" data-testid={`unusable-id-${one.seat}`}>
            {words.unusableId(one.unusableId)}
          </Text>
        )}
        {isLive && (
          <Group gap={6} wrap="nowrap">
            {one.recording ? (
              <IconMicrophone size={16} color="#c92a2a" aria-hidden />
            ) : (
              <IconMicrophoneOff size={16} aria-hidden />
            )}
            <Text size="sm">{one.recording ? words.recording : words.notRecording}</Text>
          </Group>
        )}
        {(one.upload.chunks > 0 || phase === 'ended') && (
          <Group gap={6} wrap="nowrap" align="flex-start">
            {one.upload.complete ? (
              <IconCloudCheck size={16} color="#1b6e3a" aria-hidden />
            ) : (
              <IconCloudUpload size={16} aria-hidden />
            )}
            <Text size="sm" data-testid={`upload-${one.seat}`}>
              {words.uploads(one.upload.chunks, bytesText(one.upload.bytes))}
              {one.upload.complete
                ? ` · ${words.uploadsDone}`
                : one.upload.pending > 0
                  ? ` · ${words.uploadsPending(one.upload.pending)}`
                  : ''}
            </Text>
          </Group>
        )}
      </Stack>
    </li>
  );
};
