// The debate as a dialogue, coloured by seat. Each utterance can be heard from where it begins.

import { ActionIcon, Alert, Group, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconPlayerPlay } from '@tabler/icons-react';
import { type CSSProperties, Fragment } from 'react';
import type { Transcript, Utterance } from '../../../protocol/transcript.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { clockText } from '../../ui/format.ts';
import { seatColorOf } from '../../ui/theme.ts';
import { DownloadButton } from '../frame/DownloadButton.tsx';
import { useApi } from '../frame/session.tsx';
import { usePlayer } from '../recordings/player.tsx';
import { TrackNotes } from '../recordings/TrackNotes.tsx';

/** Where an utterance stands on the page, so that a report's evidence can lead to it. */
export const utteranceAnchor = (id: string): string => `utterance-${id}`;

export const TranscriptView = ({ roomId, transcript }: { roomId: string; transcript: Transcript | null }) => {
  const texts = useTexts();
  const words = texts.console.transcript;
  const api = useApi();
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="sm" align="baseline">
          <Title order={2} size="h4">
            {words.title}
          </Title>
          {transcript !== null && (
            <Text size="sm" c="dimmed">
              {words.revision(transcript.revision)} · {transcript.model}
            </Text>
          )}
        </Group>
        {transcript !== null && (
          <Group gap="xs">
            {(['vtt', 'txt', 'json'] as const).map((format) => (
              <DownloadButton
                key={format}
                path={api.paths.transcript(roomId, format)}
                fileName={`transcript.${format}`}
                label={format}
                icon={<IconDownload size={16} aria-hidden />}
              />
            ))}
          </Group>
        )}
      </Group>
      {transcript === null ? (
        <Text c="dimmed">{words.notReady}</Text>
      ) : (
        <>
          {transcript.status === 'incomplete' && <Alert color="orange">{words.incomplete}</Alert>}
          <TrackNotes tracks={transcript.tracks ?? []} />
          {transcript.utterances.length === 0 && <Text c="dimmed">{words.empty}</Text>}
          <ol className="plain-list dialogue">
            {transcript.utterances.map((utterance, at) => (
              <Fragment key={utterance.id}>
                {utterance.page !== transcript.utterances[at - 1]?.page && (
                  <li className="page-break">
                    <span>{words.pageBreak(utterance.page + 1)}</span>
                  </li>
                )}
                <UtteranceLine utterance={utterance} />
              </Fragment>
            ))}
          </ol>
        </>
      )}
    </Stack>
  );
};

const UtteranceLine = ({ utterance }: { utterance: Utterance }) => {
  const words = useTexts().console.transcript;
  const player = usePlayer();
  const color = seatColorOf(utterance.seat);
  const time = clockText(utterance.fromMs);
  return (
    <li
      id={utteranceAnchor(utterance.id)}
      tabIndex={-1}
      className="utterance"
      style={{ '--seat-strong': color.strong, '--seat-soft': color.soft } as CSSProperties}
      data-testid="utterance"
    >
      <ActionIcon
        size={40}
        variant="subtle"
        aria-label={words.play(isolated(utterance.nickname), time)}
        onClick={() => void player.playFrom(utterance.recordingId, utterance.startsAt)}
      >
        <IconPlayerPlay size={18} aria-hidden />
      </ActionIcon>
      <div>
        <Text size="sm">
          <strong className="speaker">{isolated(utterance.nickname)}</strong>{' '}
          <Text component="span" c="dimmed" size="sm">
            {time} · {utterance.id}
            {utterance.timing === undefined ? '' : ` · ${words.timing[utterance.timing]}`}
          </Text>
        </Text>
        <Text>{utterance.text}</Text>
      </div>
    </li>
  );
};
