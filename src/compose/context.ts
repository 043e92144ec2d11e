// What each process is built from: settings, log, and a way to register what must be closed again.
import type { Logger } from 'pino';
import type { Config } from './config.ts';

/** What to close, told by each part when it has opened something. All of them together have a few seconds. */
export type OnClose = (close: () => unknown) => void;

/** What everything else stands on and what outlives this process if it is not stopped: it comes last, with a time of its own. */
export type OnClosed = (stop: (withinMs: number) => unknown) => void;

export interface BuildContext {
  readonly config: Config;
  readonly log: Logger;
  readonly onClose: OnClose;
  readonly onClosed: OnClosed;
  /** Aborted when the process begins to stop, be it in the middle of the start. */
  readonly stopping: AbortSignal;
  /** Something without which the process is of no use is gone for good. */
  readonly onFatal: (error: unknown) => void;
}
