// The time that the debate still has, counted on the room clock, so that it is the same for everyone.
import { Badge } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import type { RoomClient } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { clockText } from '../ui/format.ts';
import { endsAtOf } from './ends-at.ts';
import { useRoomNow } from './use-room.ts';

const LAST_MINUTE_MS = 60_000;

export const TimeLeft = ({ client, room }: { client: RoomClient; room: RoomView }) => {
  const texts = useTexts();
  const endsAt = endsAtOf(room);
  const now = useRoomNow(client, 500, endsAt !== undefined);
  if (endsAt === undefined) return null;
  const leftMs = Math.max(0, endsAt - now);
  return (
    <Badge
      size="xl"
      radius="md"
      variant="light"
      color={leftMs <= LAST_MINUTE_MS ? 'red' : 'gray'}
      leftSection={<IconClock size={18} aria-hidden />}
      role="timer"
      translate="no"
      aria-label={`${texts.debate.timeLeft}: ${clockText(leftMs)}`}
      data-testid="time-left"
    >
      {clockText(leftMs)}
    </Badge>
  );
};
