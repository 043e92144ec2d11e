// The way out when a recording does not reach the server: what this browser still has of it, as files.
import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import type { RoomClient } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { useTexts } from '../i18n/i18n.tsx';

const save = (bytes: Blob, name: string): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // Some browsers read it only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

const endingOf = (mimeType: string): string => /^audio\/(\w+)/.exec(mimeType)?.[1] ?? 'webm';

interface SaveRecordingProps {
  readonly client: RoomClient;
  readonly room: RoomView;
}

export const SaveRecording = ({ client, room }: SaveRecordingProps) => {
  const texts = useTexts();
  const [saved, setSaved] = useState<number>();
  const seat = room.participants.find(({ id }) => id === room.self)?.seat;

  const saveAll = async () => {
    const files = await client.keptRecordings();
    // No nickname: files travel by mail. Room, seat and time are enough to place it; who was removed has no seat any more.
    const whose = seat === undefined ? room.self : `seat${seat}`;
    for (const { bytes, mimeType, startedAt } of files)
      save(bytes, `${room.code}-${whose}-${Math.round(startedAt)}.${endingOf(mimeType)}`);
    setSaved(files.length);
  };

  return (
    <>
      <Button
        size="lg"
        leftSection={<IconDownload size={20} aria-hidden />}
        onClick={() => void saveAll()}
        data-testid="save-recording"
      >
        {texts.over.saveRecording}
      </Button>
      {saved !== undefined && (
        <Text c="dimmed" role="status">
          {saved > 0 ? texts.over.saved : texts.over.notSaved}
        </Text>
      )}
    </>
  );
};
