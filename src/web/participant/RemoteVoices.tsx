// Plays the others' voices: one audio element per participant. Where the browser wants a touch first, a button asks for it.
import { Button } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { Microphone, RoomClient } from '../../client/index.ts';
import { useTexts } from '../i18n/i18n.tsx';

interface RemoteVoicesProps {
  readonly client: RoomClient;
  readonly microphone: Microphone;
}

export const RemoteVoices = ({ client, microphone }: RemoteVoicesProps) => {
  const texts = useTexts();
  const [streams, setStreams] = useState<ReadonlyMap<string, MediaStream>>(new Map());
  const [isBlocked, setBlocked] = useState(false);
  const elements = useRef(new Map<string, HTMLAudioElement>());

  useEffect(
    () =>
      client.on('remoteAudio', ({ participantId, stream }) =>
        setStreams((before) => {
          const after = new Map(before);
          if (stream === null) after.delete(participantId);
          else after.set(participantId, stream);
          return after;
        }),
      ),
    [client],
  );

  const play = (element: HTMLAudioElement) => {
    element.play().catch((reason: unknown) => {
      // AbortError only says that a newer stream took over.
      if (reason instanceof DOMException && reason.name === 'NotAllowedError') setBlocked(true);
    });
  };

  const playAll = () => {
    setBlocked(false);
    void microphone.resume();
    for (const element of elements.current.values()) play(element);
  };

  return (
    <>
      {[...streams].map(([participantId, stream]) => (
        // biome-ignore lint/a11y/useMediaCaption: live voices have no captions
        <audio
          key={participantId}
          autoPlay
          playsInline
          data-testid={`voice-${participantId}`}
          ref={(element) => {
            if (element === null) {
              elements.current.delete(participantId);
              return;
            }
            elements.current.set(participantId, element);
            if (element.srcObject !== stream) {
              element.srcObject = stream;
              play(element);
            }
          }}
        />
      ))}
      {isBlocked && (
        <div className="tap-to-hear">
          <Button size="xl" leftSection={<IconVolume aria-hidden />} onClick={playAll} data-testid="tap-to-hear">
            {texts.debate.tapToHear}
          </Button>
        </div>
      )}
    </>
  );
};
