// Tells the room about one's own microphone: at once when it changes, never more often than the server likes to hear it.
import type { LocalTime } from '../clock/local-time.ts';

export interface VoiceReport {
  set(status: { readonly micOn: boolean; readonly speaking: boolean }): void;
  /** The server may have forgotten (restart, reconnect): say it again. */
  repeat(): void;
  stop(): void;
}

const AT_MOST_EVERY_MS = 200;

export const createVoiceReport = (
  time: LocalTime,
  send: (status: { micOn: boolean; speaking: boolean }) => void,
): VoiceReport => {
  let wanted: { readonly micOn: boolean; readonly speaking: boolean } | undefined;
  let sent: typeof wanted;
  let resting = false;
  let cancel = () => {};

  const flush = () => {
    if (resting || !wanted || (sent?.micOn === wanted.micOn && sent.speaking === wanted.speaking)) return;
    sent = wanted;
    send(wanted);
    resting = true;
    cancel = time.after(AT_MOST_EVERY_MS, () => {
      resting = false;
      flush();
    });
  };

  return {
    set(status) {
      wanted = status;
      flush();
    },
    repeat() {
      sent = undefined;
      flush();
    },
    stop: () => cancel(),
  };
};
