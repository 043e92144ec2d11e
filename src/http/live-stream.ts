// One room as server-sent events. Frames are whole and the newest replaces those not yet sent: a slow reader skips, it never
// makes the server remember. Everything is given back when the reader leaves, the room is erased or the server stops.
import type { HttpDeps } from './context.ts';
import type { ReadRoom } from './room-reader.ts';

const HEARTBEAT_MS = 15_000;
/** Several commits and uploads within this time are one frame. */
const SHORTEST_INTERVAL_MS = 200;

type LiveStreamDeps = Pick<HttpDeps, 'rooms' | 'stopping' | 'log'>;

export const createLiveStream =
  ({ rooms, stopping, log }: LiveStreamDeps, readRoom: ReadRoom) =>
  (roomId: string): ReadableStream<Uint8Array> => {
    const encoder = new TextEncoder();
    let stop = (): void => {};
    let wanted = (): void => {};

    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          let changed = true;
          let sending = false;
          let stopped = false;
          let pause: NodeJS.Timeout | undefined;

          const send = async (): Promise<void> => {
            if (!changed || sending || stopped || pause || (controller.desiredSize ?? 0) <= 0) return;
            changed = false;
            sending = true;
            try {
              const answer = await readRoom(roomId);
              if (stopped) return;
              if (!answer) return end();
              controller.enqueue(encoder.encode(`id: ${answer.version}\ndata: ${JSON.stringify(answer)}\n\n`));
            } catch (error) {
              // Readers of event streams come back by themselves, and get the room as it is then.
              log.warn({ err: error, roomId }, 'a live stream was ended because its room could not be read');
              end();
            } finally {
              sending = false;
            }
            if (stopped) return;
            pause = setTimeout(() => {
              pause = undefined;
              void send();
            }, SHORTEST_INTERVAL_MS);
          };

          const unwatch = rooms.watch(roomId, () => {
            changed = true;
            void send();
          });
          const heartbeat = setInterval(() => {
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': still here\n\n'));
            // An erased room tells nobody: look.
            rooms.state(roomId).then(
              (state) => state || end(),
              () => {},
            );
          }, HEARTBEAT_MS);

          stop = () => {
            stopped = true;
            unwatch();
            clearInterval(heartbeat);
            clearTimeout(pause);
            stopping.removeEventListener('abort', end);
          };
          const end = (): void => {
            if (stopped) return;
            stop();
            controller.close();
          };
          stopping.addEventListener('abort', end);
          wanted = () => void send();
          if (stopping.aborted) end();
        },
        pull: () => wanted(),
        cancel: () => stop(),
      },
      { highWaterMark: 1 },
    );
  };
