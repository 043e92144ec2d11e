// Tells the server when a page was really shown. The app may give the frame's own instant; otherwise that of the event counts.
import type { LocalTime } from './local-time.ts';

export interface ShownReport {
  shown(page: number, shownAt: number): void;
  confirm(page: number, shownAt: number): void;
  stop(): void;
}

/** An app that measures does so within its next frames. */
const CONFIRM_WITHIN_MS = 250;

export const createShownReport = (time: LocalTime, send: (page: number, shownAt: number) => void): ShownReport => {
  let waiting: { readonly page: number; readonly shownAt: number } | undefined;
  let cancel = () => {};

  const flush = () => {
    cancel();
    if (waiting) send(waiting.page, waiting.shownAt);
    waiting = undefined;
  };

  return {
    shown(page, shownAt) {
      flush();
      waiting = { page, shownAt };
      cancel = time.after(CONFIRM_WITHIN_MS, flush);
    },
    confirm(page, shownAt) {
      if (waiting?.page === page && Number.isFinite(shownAt)) waiting = { page, shownAt };
      flush();
    },
    stop: () => cancel(),
  };
};
