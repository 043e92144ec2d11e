// One room as server-sent events. Frames are whole and the newest replaces those not yet sent: a slow reader skips, it never
// makes the server remember. Nothing is watched before the first read (a HEAD request never reads), and everything is given
// back when the reader leaves, the room is erased, the key is revoked or the server stops.
import type { HttpDeps } from './context.ts';

const HEARTBEAT_MS = 15_000;
/** Several commits and uploads within this time are one frame. */
const SHORTEST_INTERVAL_MS = 200;

type LiveStreamDeps = Pick<HttpDeps, 'stopping' | 'log'> & {
  readonly rooms: Pick<HttpDeps['rooms'], 'state'>;
  readonly roomViews: Pick<HttpDeps['roomViews'], 'open'>;
  readonly apiKeys: Pick<HttpDeps['apiKeys'], 'isActive' | 'onRevoked'>;
};

export const createLiveStream =
  ({ rooms, roomViews, apiKeys, stopping, log }: LiveStreamDeps) =>
  (roomId: string, keyId: string): ReadableStream<Uint8Array> => {
    const encoder = new TextEncoder();
    const view = roomViews.open(roomId);
    let stop: (() => void) | undefined;
    let changed = true;
    let sending = false;
    /** A read is waiting for bytes. */
    let hungry = false;
    let stopped = false;
    let pause: NodeJS.Timeout | undefined;
    /** The last frame showed uploads as of an earlier look: another frame follows. */
    let lookAgain: NodeJS.Timeout | undefined;

    const begin = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const give = (text: string): void => {
        hungry = false;
        controller.enqueue(encoder.encode(text));
      };
      const end = (): void => {
        if (stopped) return;
        stop?.();
        controller.close();
      };

      const send = async (): Promise<void> => {
        if (!changed || !hungry || sending || stopped || pause) return;
        changed = false;
        sending = true;
        try {
          // The key may have been revoked on another node: then nothing more is sent.
          const [frame, isAllowed] = await Promise.all([view.read(), apiKeys.isActive(keyId)]);
          if (stopped) return;
          if (!isAllowed) return end();
          if (!frame) {
            give('event: gone\ndata: {}\n\n');
            return end();
          }
          const { answer, lookAgainInMs } = frame;
          clearTimeout(lookAgain);
          if (lookAgainInMs !== undefined) lookAgain = setTimeout(change, lookAgainInMs);
          give(`id: ${answer.version}\ndata: ${JSON.stringify(answer)}\n\n`);
        } catch (error) {
          // Readers of event streams come back by themselves, and get the room as it is then.
          log.warn({ err: error, roomId }, 'a live stream was ended because its room could not be read');
          return end();
        } finally {
          sending = false;
        }
        pause = setTimeout(() => {
          pause = undefined;
          void send();
        }, SHORTEST_INTERVAL_MS);
      };

      const change = (): void => {
        changed = true;
        void send();
      };
      const endWatches = [view.watch(change), apiKeys.onRevoked(keyId, () => end())];
      const heartbeat = setInterval(() => {
        if (hungry && !sending) give(': still here\n\n');
        // Nobody is notified when a room is erased, or a key revoked, on another node: look.
        Promise.all([rooms.state(roomId), apiKeys.isActive(keyId)]).then(
          ([state, isAllowed]) => (state && isAllowed) || end(),
          () => {},
        );
      }, HEARTBEAT_MS);
      stop = () => {
        stopped = true;
        for (const endWatch of endWatches) endWatch();
        clearInterval(heartbeat);
        clearTimeout(pause);
        clearTimeout(lookAgain);
        stopping.removeEventListener('abort', end);
      };
      stopping.addEventListener('abort', end);
      if (stopping.aborted) end();
      return send;
    };

    let send: (() => Promise<void>) | undefined;
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          hungry = true;
          send ??= begin(controller);
          void send();
        },
        cancel: () => stop?.(),
      },
      // Bytes are made when they are read, not ahead of it.
      { highWaterMark: 0 },
    );
  };
