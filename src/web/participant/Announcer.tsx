// Says changes of the room aloud for screen readers; sighted people see them where they happen.

import { VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { RoomClient } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { isolated } from '../../protocol/typed-text.ts';
import { useTexts } from '../i18n/i18n.tsx';

export const Announcer = ({ client, room }: { client: RoomClient; room: RoomView }) => {
  const texts = useTexts();
  const [message, setMessage] = useState('');
  const latest = useRef(room);
  latest.current = room;

  useEffect(() => {
    const nameOf = (id: string) => latest.current.participants.find((one) => one.id === id)?.nickname ?? '?';
    const offStart = client.on('start', () => setMessage(texts.debate.started));
    const offPage = client.on('page', ({ page }) => {
      const title = latest.current.pages.find((one) => one.index === page)?.title ?? '';
      setMessage(`${texts.debate.page(page + 1, latest.current.pageCount)}. ${title}`);
    });
    const offEvent = client.on('event', ({ event }) => {
      if (event.type === 'host_changed') setMessage(texts.debate.newHost(isolated(nameOf(event.hostId))));
      if (event.type === 'countdown_cancelled') setMessage(texts.waiting.cancelled);
    });
    return () => {
      offStart();
      offPage();
      offEvent();
    };
  }, [client, texts]);

  return (
    <VisuallyHidden>
      <div role="status" aria-live="polite" data-testid="announcer">
        {message}
      </div>
    </VisuallyHidden>
  );
};
