// Commands on their way: each gets a commandId once and is sent unchanged until the server has answered it for good, over
// as many connections as it takes. Knows nothing of sockets.
import { ERROR_CODES, type ErrorCode, messageOf } from '../../protocol/error-codes.ts';
import type { Language } from '../../protocol/languages.ts';
import type { Ack, SessionAnswers, SessionBody, SessionCommandName } from '../../protocol/session-messages.ts';
import type { CommandRefusal } from '../client-state.ts';
import type { LocalTime } from '../clock/local-time.ts';
import { laneOf, MAX_RETRIES } from './command-policy.ts';

export type CommandResult<Fields> =
  | ({ readonly ok: true } & Fields)
  | { readonly ok: false; readonly error: CommandRefusal };

export interface CommandQueue {
  /** Never rejects. */
  send<N extends SessionCommandName>(name: N, body: SessionBody<N>): Promise<CommandResult<SessionAnswers[N]>>;
  /** The connection is up: everything unanswered goes out again, oldest first. */
  resume(): void;
  /** The connection is down: nothing goes out until `resume`. */
  pause(): void;
  /** Nothing will be answered: everything waiting, and what comes before the next `resume`, is refused with this. */
  refuseAll(code: ErrorCode): void;
  readonly size: number;
}

/** A person cannot get this far ahead of the server; a loop in an app can. */
const MAX_QUEUED = 200;
/** The server itself gives up on a command after two seconds and says `busy`. */
const ACK_TIMEOUT_MS = 8_000;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 2_000;

interface Entry {
  readonly name: SessionCommandName;
  readonly body: Readonly<Record<string, unknown>>;
  readonly lane: string | undefined;
  readonly settle: (result: CommandResult<Record<string, unknown>>) => void;
  retries: number;
  /** Counts sendings: answers to an older one than the last still count, but its time-out does not. */
  sending: number;
  cancel: () => void;
}

export const createCommandQueue = (options: {
  readonly time: LocalTime;
  readonly random: () => number;
  readonly createId: () => string;
  readonly language: () => Language;
  readonly emit: (name: SessionCommandName, body: unknown, ack: (answer: Ack<Record<string, unknown>>) => void) => void;
  readonly onRefused: (name: SessionCommandName, refusal: CommandRefusal) => void;
  readonly onChange: () => void;
  /** No ack in time although the connection seems to be up. */
  readonly onSilence: () => void;
}): CommandQueue => {
  const entries = new Set<Entry>();
  let open = false;
  let closedWith: ErrorCode | undefined;

  const refusalOf = (code: ErrorCode): CommandRefusal => ({
    code,
    message: messageOf({ code }, options.language()),
    retryable: ERROR_CODES[code].retryable,
  });

  const firstOf = (lane: string | undefined): Entry | undefined =>
    lane === undefined ? undefined : [...entries].find((entry) => entry.lane === lane);

  const finish = (entry: Entry, result: CommandResult<Record<string, unknown>>) => {
    if (!entries.delete(entry)) return;
    entry.cancel();
    // When everything is refused because the connection is given up, that state says it once for all.
    if (!result.ok && !closedWith) options.onRefused(entry.name, result.error);
    entry.settle(result);
    options.onChange();
    const next = closedWith ? undefined : firstOf(entry.lane);
    if (next) transmit(next);
  };

  const transmit = (entry: Entry) => {
    if (!open || !entries.has(entry) || (firstOf(entry.lane) ?? entry) !== entry) return;
    entry.sending += 1;
    const mine = entry.sending;
    entry.cancel();
    entry.cancel = options.time.after(ACK_TIMEOUT_MS, () => {
      if (mine === entry.sending) options.onSilence();
    });
    options.emit(entry.name, entry.body, (answer) => {
      if (!entries.has(entry)) return;
      if (answer.ok) {
        finish(entry, answer);
      } else if (answer.error.retryable && entry.retries < MAX_RETRIES[entry.name]) {
        if (mine !== entry.sending) return;
        const delay = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** entry.retries) * (0.5 + options.random());
        entry.retries += 1;
        entry.cancel();
        entry.cancel = options.time.after(delay, () => transmit(entry));
      } else {
        finish(entry, answer);
      }
    });
  };

  return {
    send(name, body) {
      type Result = CommandResult<SessionAnswers[typeof name]>;
      if (closedWith || entries.size >= MAX_QUEUED) {
        const error = refusalOf(closedWith ?? 'busy');
        if (!closedWith) options.onRefused(name, error);
        return Promise.resolve({ ok: false, error });
      }
      return new Promise<Result>((resolve) => {
        const entry: Entry = {
          name,
          body: { ...body, commandId: body.commandId ?? options.createId() },
          lane: laneOf(name, body),
          settle: (result) => resolve(result as Result),
          retries: 0,
          sending: 0,
          cancel: () => {},
        };
        entries.add(entry);
        options.onChange();
        transmit(entry);
      });
    },
    resume() {
      open = true;
      closedWith = undefined;
      for (const entry of [...entries]) transmit(entry);
    },
    pause() {
      open = false;
      for (const entry of entries) entry.cancel();
    },
    refuseAll(code) {
      closedWith = code;
      for (const entry of [...entries]) finish(entry, { ok: false, error: refusalOf(code) });
    },
    get size() {
      return entries.size;
    },
  };
};
