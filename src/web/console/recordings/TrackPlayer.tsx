// One recording to listen to. It is fetched whole at the first wish to hear it: only then can a streamed recording be jumped in.
import { Button, Group, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RecordingAnswer } from '../../../protocol/recording-answers.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { useApi } from '../frame/session.tsx';
import { usePlayer } from './player.tsx';
import { setWebmDuration } from './seekable-webm.ts';

interface TrackPlayerProps {
  readonly recording: RecordingAnswer;
  /** As it may stand in a text. */
  readonly name: string;
}

export const TrackPlayer = ({ recording, name }: TrackPlayerProps) => {
  const words = useTexts().console.recordings;
  const api = useApi();
  const player = usePlayer();
  const audio = useRef<HTMLAudioElement>(null);
  const [isLoaded, setLoaded] = useState(false);
  const [isFailed, setFailed] = useState(false);

  const [isLoading, setLoading] = useState(false);
  const source = useRef<string>(undefined);

  const prepare = useCallback(async (): Promise<HTMLAudioElement | undefined> => {
    const element = audio.current;
    if (element === null) return undefined;
    if (source.current !== undefined) return element;
    setFailed(false);
    setLoading(true);
    try {
      const sound = await soundOf(await api.accessUrl(api.paths.audio(recording.id)), recording);
      source.current = URL.createObjectURL(sound);
      element.src = source.current;
      await ready(element);
      setLoaded(true);
      return element;
    } catch {
      source.current = undefined;
      setFailed(true);
      return undefined;
    } finally {
      setLoading(false);
    }
  }, [api, recording]);

  useEffect(
    () => () => {
      if (source.current !== undefined) URL.revokeObjectURL(source.current);
    },
    [],
  );
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
          loading={isLoading}
          aria-label={words.listen(name, recording.take + 1)}
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
        aria-label={words.listen(name, recording.take + 1)}
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

const soundOf = async (url: string, recording: RecordingAnswer): Promise<Blob> => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the recording was answered with ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (recording.durationMs !== undefined) setWebmDuration(bytes, recording.durationMs);
  return new Blob([bytes], { type: recording.mimeType });
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
