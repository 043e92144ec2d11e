// What was recorded of each participant: how much of the debate it covers, where it has gaps, and the sound itself.
import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useCallback } from 'react';
import type { ParticipantRecordings } from '../../../protocol/recording-answers.ts';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { clockText, percentText, preciseClockText } from '../../ui/format.ts';
import { seatColorOf } from '../../ui/theme.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useRequest } from '../frame/use-request.ts';
import { CoverageBar } from './CoverageBar.tsx';
import { gapsToTell } from './gaps-to-tell.ts';
import { TrackPlayer } from './TrackPlayer.tsx';

const REFRESH_MS = 5_000;

export const RecordingsPanel = ({ room }: { room: RoomAnswer }) => {
  const words = useTexts().console.recordings;
  const api = useApi();
  const request = useRequest(
    useCallback(() => api.recordings(room.id), [api, room.id]),
    REFRESH_MS,
  );
  return (
    <Paper className="card" component="section" aria-label={words.title} data-testid="recordings">
      <Title order={2} size="h4" mb="sm">
        {words.title}
      </Title>
      <Loaded request={request}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{words.none}</Text>
          ) : (
            <Stack gap="lg">
              {items.map((item) => (
                <ParticipantTracks key={item.participantId} item={item} room={room} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Paper>
  );
};

const ParticipantTracks = ({ item, room }: { item: ParticipantRecordings; room: RoomAnswer }) => {
  const words = useTexts().console.recordings;
  const color = seatColorOf(item.seat);
  const name = isolated(item.nickname);
  const from = room.startedAt;
  const isOver = room.endedAt !== undefined;
  const to = room.endedAt ?? (from ?? 0) + item.expectedSeconds * 1_000;
  const gaps = isOver ? item.gaps : gapsToTell(item.gaps, to);
  return (
    <Stack gap="xs" component="section" aria-label={`${words.title}: ${name}`}>
      <Group gap="sm">
        <span className="seat-dot" style={{ background: color.strong }} aria-hidden />
        <Text fw={650}>{name}</Text>
        <Text c="dimmed" size="sm">
          {isOver ? `${words.coverage(percentText(item.coverage))} · ` : ''}
          {words.captured(clockText(item.capturedSeconds * 1_000), clockText(item.expectedSeconds * 1_000))} ·{' '}
          {words.gaps(gaps.length)}
        </Text>
      </Group>
      {item.oversized && (
        <Text size="sm" c="orange.9">
          {words.oversized}
        </Text>
      )}
      {from !== undefined && (
        <CoverageBar
          from={from}
          to={to}
          gaps={gaps}
          color={color.strong}
          label={words.bar(name, percentText(item.coverage), words.gaps(gaps.length))}
        />
      )}
      {from !== undefined && gaps.length > 0 && (
        <ul className="gap-list">
          {gaps.map((gap) => (
            <li key={`${gap.from}-${gap.reason}`}>
              {words.gap(
                preciseClockText(gap.from - from),
                preciseClockText(gap.to - from),
                words.gapReasons[gap.reason],
              )}
            </li>
          ))}
        </ul>
      )}
      {item.takes.map((take) => (
        <Group key={take.id} gap="sm" align="center">
          <Badge variant="default" tt="none">
            {words.take(take.take + 1)} · {words.status[take.status]}
          </Badge>
          {take.status !== 'recording' && take.received.length > 0 && <TrackPlayer recording={take} name={name} />}
        </Group>
      ))}
    </Stack>
  );
};
