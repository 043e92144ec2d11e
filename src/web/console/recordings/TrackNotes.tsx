// What of the recordings is not in the transcript, and why, person by person.

import { Stack, Text } from '@mantine/core';
import { TRACK_NOTES } from '../../../protocol/track-notes.ts';
import type { TrackAccount } from '../../../protocol/transcript.ts';
import { isolated } from '../../../protocol/typed-text.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { clockText } from '../../ui/format.ts';

export const TrackNotes = ({ tracks }: { tracks: readonly TrackAccount[] }) => {
  const words = useTexts().console.transcript;
  const { language } = useLanguage();
  const silence = tracks.reduce((sum, track) => sum + track.words.silence, 0);
  const outside = tracks.reduce((sum, track) => sum + track.words.outside, 0);
  const lines = tracks.flatMap((track) =>
    track.notes.map((note) => ({
      key: `${track.recordingId ?? track.participantId} ${note.code} ${note.fromMs ?? ''}`,
      name: isolated(track.nickname),
      where:
        note.fromMs === undefined
          ? ''
          : ` (${words.part(clockText(note.fromMs), clockText(note.toMs ?? note.fromMs))})`,
      what: TRACK_NOTES[note.code][language],
      detail: note.message,
    })),
  );
  if (lines.length === 0 && silence + outside === 0) return null;
  return (
    <Stack gap={4} data-testid="track-notes">
      {lines.length > 0 && (
        <ul className="plain-list" aria-label={words.notes}>
          {lines.map((line) => (
            <li key={line.key}>
              <Text size="sm" title={line.detail}>
                <strong>{line.name}</strong>
                {line.where}: {line.what}
              </Text>
            </li>
          ))}
        </ul>
      )}
      {silence + outside > 0 && (
        <Text size="sm" c="dimmed">
          {words.leftOut(silence, outside)}
        </Text>
      )}
    </Stack>
  );
};
