// One answer on its way: what is chosen, whether it is saved, and another try when it is not. The latest choice wins.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RoomClient } from '../../client/index.ts';
import type { OwnChoice } from '../../protocol/room-view.ts';
import type { ChoiceValue } from '../../protocol/study.ts';

export interface Answer {
  readonly value: ChoiceValue | undefined;
  readonly status: 'none' | 'unsent' | 'saving' | 'saved' | 'failed';
  readonly message?: string;
  readonly change: (value: ChoiceValue) => void;
  readonly retry: () => void;
}

/** Typed and not yet sent. */
interface Unsent {
  readonly value: ChoiceValue;
  /** Room clock: when the last of it was typed, and when it is to be sent at the latest. */
  readonly typedAt: number;
  readonly dueAt: number;
}

/** However fast somebody types. */
const LONGEST_UNSENT_MS = 2_000;
/** Before an end that is known beforehand: time for the way to the server. */
const AHEAD_OF_END_MS = 500;

/**
 * `pauseMs`: how long the typing must rest before a text is sent; 0 sends at once. `endsAt` (room clock): when the debate
 * ends, if that is known.
 */
export const useAnswer = (options: {
  readonly client: RoomClient;
  readonly questionId: string;
  readonly own: OwnChoice | undefined;
  readonly pauseMs: number;
  readonly endsAt: number | undefined;
}): Answer => {
  const { client, questionId, own, pauseMs, endsAt = Number.POSITIVE_INFINITY } = options;
  const [draft, setDraft] = useState<ChoiceValue>();
  const [status, setStatus] = useState<'unsent' | 'saving' | 'failed'>();
  const [message, setMessage] = useState<string>();
  const attempt = useRef(0);
  const unsent = useRef<Unsent>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const send = useCallback(
    async (value: ChoiceValue, answeredAt: number) => {
      clearTimeout(timer.current);
      unsent.current = undefined;
      attempt.current += 1;
      const mine = attempt.current;
      setStatus('saving');
      setMessage(undefined);
      const result = await client.submitChoice(questionId, value, answeredAt);
      if (mine !== attempt.current || unsent.current !== undefined) return;
      setStatus(result.ok ? undefined : 'failed');
      if (!result.ok) setMessage(result.error.message);
    },
    [client, questionId],
  );

  // The page may be turned, the debate end, or the phone go into a pocket while somebody still types: what is there is sent.
  useEffect(() => {
    const flush = () => {
      if (unsent.current !== undefined) void send(unsent.current.value, unsent.current.typedAt);
    };
    const onHidden = () => document.visibilityState === 'hidden' && flush();
    document.addEventListener('visibilitychange', onHidden);
    // Not every browser tells of the first when the page is reloaded.
    window.addEventListener('pagehide', flush);
    return () => {
      document.removeEventListener('visibilitychange', onHidden);
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [send]);

  const change = (value: ChoiceValue) => {
    setDraft(value);
    const typedAt = client.now();
    if (pauseMs === 0) {
      void send(value, typedAt);
      return;
    }
    const dueAt = Math.min(unsent.current?.dueAt ?? typedAt + LONGEST_UNSENT_MS, endsAt - AHEAD_OF_END_MS);
    unsent.current = { value, typedAt, dueAt };
    setStatus('unsent');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void send(value, typedAt), Math.max(0, Math.min(pauseMs, dueAt - typedAt)));
  };

  const value = draft ?? own?.value;
  return {
    value,
    status: status ?? (value === undefined ? 'none' : 'saved'),
    ...(message === undefined ? {} : { message }),
    change,
    retry: () => {
      if (draft !== undefined) void send(draft, client.now());
    },
  };
};
