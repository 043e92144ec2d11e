// The large number before the start, read from the room clock: it shows the same everywhere and never goes below zero.
import { Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { RoomClient } from '../../client/index.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { useRoomNow } from './use-room.ts';

export const Countdown = ({ client, startsAt }: { client: RoomClient; startsAt: number }) => {
  const texts = useTexts();
  const now = useRoomNow(client, 50);
  const seconds = Math.max(0, Math.ceil((startsAt - now) / 1_000));
  // Announced once: a number each second would talk over itself.
  const [announced] = useState(() => texts.countdown.announce(seconds));
  return (
    <section className="countdown" aria-label={texts.countdown.title} data-testid="countdown" data-seconds={seconds}>
      <VisuallyHidden role="status" aria-live="assertive">
        {announced}
      </VisuallyHidden>
      <Text size="xl" fw={600}>
        {seconds > 0 ? texts.countdown.title : texts.countdown.now}
      </Text>
      <div className="countdown-number" aria-hidden key={seconds}>
        {seconds > 0 ? seconds : '…'}
      </div>
    </section>
  );
};
