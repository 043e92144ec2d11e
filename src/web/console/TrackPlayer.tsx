// One recording to listen to. Its link is short-lived: it is asked for when first needed, and again when it has expired.
import { Button, Group, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RecordingAnswer } from '../../protocol/rest.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { usePlayer } from './player.tsx';
import { useApi } from './session.tsx';

interface TrackPlayerProps {
  readonly recording: RecordingAnswer;
  readonly nickname: string;
}

export const TrackPlayer = ({ recording, nickname }: TrackPlayerProps) => {
  const words = useTexts().console.recordings;
  const api = useApi();
  const player = usePlayer();
  const audio = useRef<HTMLAudioElement>(null);
  const [isLoaded, setLoaded] = useState(false);
  const [isFailed, setFailed] = useState(false);

  const prepare = useCallback(async (): Promise<HTMLAudioElement | undefined> => {
    const element = audio.current;
    if (element === null) return undefined;
    if (element.src !== '' && element.error === null) return element;
    setFailed(false);
    try {
      element.src = await api.accessUrl(api.paths.audio(recording.id));
      setLoaded(true);
      await ready(element);
      return element;
    } catch {
      setFailed(true);
      return undefined;
    }
  }, [api, recording.id]);

  useEffect(
    () => player.register(recording.id, { startedAt: recording.startedAt, prepare }),
    [player, recording.id, recording.startedAt, prepare],
  );

  const play = async () => {
    const element = await prepare();
    await element?.play().catch(() => setFailed(true));
  };

  return (
    <Group gap="sm" className="grow">
      {!isLoaded && (
        <Button
          size="sm"
          variant="light"
          leftSection={<IconPlayerPlay size={18} aria-hidden />}
          aria-label={words.listen(nickname, recording.take + 1)}
          onClick={() => void play()}
          data-testid={`play-${recording.id}`}
        >
          {words.load}
        </Button>
      )}
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript below is the text of this recording */}
      <audio
        ref={audio}
        controls
        preload="none"
        hidden={!isLoaded}
        aria-label={words.listen(nickname, recording.take + 1)}
        onPlay={(event) => player.onPlaying(event.currentTarget)}
        className="track"
      />
      {isFailed && (
        <Text size="sm" c="red.9" role="alert">
          {words.failed}
        </Text>
      )}
    </Group>
  );
};

/** Resolves when the element knows its media; rejects when it cannot play it. */
const ready = (element: HTMLAudioElement): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = () => {
      element.removeEventListener('loadedmetadata', onReady);
      element.removeEventListener('error', onError);
    };
    const onReady = () => {
      done();
      resolve();
    };
    const onError = () => {
      done();
      reject(new Error('the recording cannot be played'));
    };
    element.addEventListener('loadedmetadata', onReady);
    element.addEventListener('error', onError);
    element.load();
  });
