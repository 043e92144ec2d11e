// The researcher's live view of one room over server-sent events. EventSource cannot send headers: each connect takes a
// fresh short-lived link, so its own reconnection (with the old link) is not used.
import type { RoomAnswer } from '../../protocol/room-answers.ts';
import { ApiRefusal } from './api-call.ts';

export interface RoomListeners {
  readonly onRoom: (room: RoomAnswer) => void;
  readonly onState?: (state: 'live' | 'reconnecting') => void;
  /** Nothing more will come: the room was erased, or the key opens it no longer. */
  readonly onOver?: (refusal: ApiRefusal) => void;
}

export interface RoomStreamOptions extends RoomListeners {
  /** A fresh link to the stream. A refusal for good ends the watching: the stream itself could not tell why it fails. */
  readonly url: () => Promise<string>;
}

const RETRY_MS = [250, 500, 1_000, 2_000, 4_000] as const;
const RETRY_CAP_MS = 5_000;

/** Runs until the returned function is called or the link is refused for good. */
export const watchRoomStream = (options: RoomStreamOptions): (() => void) => {
  let stopped = false;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;

  const retry = () => {
    source?.close();
    if (stopped) return;
    options.onState?.('reconnecting');
    const delay = RETRY_MS[attempt] ?? RETRY_CAP_MS;
    attempt += 1;
    timer = setTimeout(open, delay * (0.75 + Math.random() * 0.5));
  };

  const onFrame = (frame: MessageEvent<string>) => {
    attempt = 0;
    options.onState?.('live');
    options.onRoom(JSON.parse(frame.data));
  };

  const open = async () => {
    try {
      const url = await options.url();
      if (stopped) return;
      source = new EventSource(url);
      // Named or not: what the server sends is one room per frame.
      source.addEventListener('message', onFrame);
      source.addEventListener('room', onFrame);
      source.addEventListener('error', retry);
    } catch (error) {
      if (stopped) return;
      if (!(error instanceof ApiRefusal) || error.retryable) return retry();
      stopped = true;
      options.onOver?.(error);
    }
  };

  void open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
};
