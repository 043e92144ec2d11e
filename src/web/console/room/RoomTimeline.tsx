// The room's course as a row of steps with their times.
import { Group, Text } from '@mantine/core';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { clockText, dateText, timeText } from '../../ui/format.ts';

export const RoomTimeline = ({ room }: { room: RoomAnswer }) => {
  const words = useTexts().console.room;
  const { language } = useLanguage();
  const steps: { label: string; at: string | undefined }[] = [
    { label: words.made, at: dateText(room.createdAt, language) },
    { label: words.started, at: room.startedAt === undefined ? undefined : timeText(room.startedAt, language) },
    { label: words.ended, at: room.endedAt === undefined ? undefined : timeText(room.endedAt, language) },
  ];
  return (
    <Group justify="space-between">
      <ol className="timeline" aria-label={words.timeline}>
        {steps.map((step) => (
          <li key={step.label} data-done={step.at !== undefined}>
            <Text fw={600} size="sm">
              {step.label}
            </Text>
            <Text size="sm" c="dimmed">
              {step.at ?? '–'}
            </Text>
          </li>
        ))}
      </ol>
      {room.startedAt !== undefined && room.endedAt !== undefined ? (
        <Text>
          {words.duration}: <strong>{clockText(room.endedAt - room.startedAt)}</strong>
        </Text>
      ) : (
        room.phase === 'waiting' && (
          <Text c="dimmed">
            {words.expires}: {dateText(room.expiresAt, language)}
          </Text>
        )
      )}
    </Group>
  );
};
