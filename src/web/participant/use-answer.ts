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

/** `pauseMs`: how long the typing must rest before a text is sent; 0 sends at once. */
export const useAnswer = (
  client: RoomClient,
  questionId: string,
  own: OwnChoice | undefined,
  pauseMs: number,
): Answer => {
  const [draft, setDraft] = useState<ChoiceValue>();
  const [status, setStatus] = useState<'unsent' | 'saving' | 'failed'>();
  const [message, setMessage] = useState<string>();
  const attempt = useRef(0);
  const unsent = useRef<ChoiceValue>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const send = useCallback(
    async (value: ChoiceValue) => {
      clearTimeout(timer.current);
      unsent.current = undefined;
      attempt.current += 1;
      const mine = attempt.current;
      setStatus('saving');
      setMessage(undefined);
      const result = await client.submitChoice(questionId, value);
      if (mine !== attempt.current || unsent.current !== undefined) return;
      setStatus(result.ok ? undefined : 'failed');
      if (!result.ok) setMessage(result.error.message);
    },
    [client, questionId],
  );

  // The page may be turned while somebody still types: what is there is sent, not lost.
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      if (unsent.current !== undefined) void client.submitChoice(questionId, unsent.current);
    },
    [client, questionId],
  );

  const change = (value: ChoiceValue) => {
    setDraft(value);
    if (pauseMs === 0) {
      void send(value);
      return;
    }
    unsent.current = value;
    setStatus('unsent');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void send(value), pauseMs);
  };

  const value = draft ?? own?.value;
  return {
    value,
    status: status ?? (value === undefined ? 'none' : 'saved'),
    ...(message === undefined ? {} : { message }),
    change,
    retry: () => {
      if (draft !== undefined) void send(draft);
    },
  };
};
