// One room of shared values as this node knows it: the latest update of each participant, when it was made and by which sender.
// Of two updates the later one counts, here, on every other node and in Redis: it does not matter how often or in which order
// they arrive.
import type { z } from 'zod';

interface Update<T> {
  /** Room clock, ms; always later than that of the update it follows. */
  readonly at: number;
  /** Under which name its node publishes. */
  readonly sender: string;
  /** Undefined: deleted. Kept, for older updates may still be on their way. */
  readonly value: T | undefined;
}

export interface Change<T> {
  readonly participantId: string;
  readonly value: T | undefined;
  readonly before: T | undefined;
}

export type LatestValues<T> = ReturnType<typeof createLatestValues<T>>;

/** `at sender json`: the time is read without the rest, also by a script in Redis. */
const textOf = ({ at, sender, value }: Update<unknown>): string =>
  `${at} ${sender} ${value === undefined ? '' : JSON.stringify(value)}`;

const parseUpdate = <T>(text: string, schema: z.ZodType<T>): Update<T> | undefined => {
  const [, at, sender, json] = /^(\d{1,15}) (\S+) (.*)$/s.exec(text) ?? [];
  if (at === undefined || sender === undefined || json === undefined) return undefined;
  if (json === '') return { at: Number(at), sender, value: undefined };
  try {
    return { at: Number(at), sender, value: schema.parse(JSON.parse(json)) };
  } catch {
    return undefined;
  }
};

/** Two nodes within one millisecond: Redis has kept one of the two updates, and the one that is received is that one. */
const isNewer = (received: Update<unknown>, known: Update<unknown> | undefined): boolean =>
  !known || received.at > known.at || (received.at === known.at && received.sender !== known.sender);

/** `sender`: the name under which this node publishes. */
export const createLatestValues = <T>({ sender: self, schema }: { sender: string; schema: z.ZodType<T> }) => {
  const updates = new Map<string, Update<T>>();
  const values = new Map<string, T>();
  /** Participants whose latest update is this node's and still has to be published. */
  const pending = new Set<string>();

  const keep = (participantId: string, update: Update<T>): void => {
    updates.set(participantId, update);
    if (update.value === undefined) values.delete(participantId);
    else values.set(participantId, update.value);
  };

  return {
    values: values as ReadonlyMap<string, T>,
    hasPending: (): boolean => pending.size > 0,
    set(participantId: string, value: T, now: number): void {
      const known = updates.get(participantId);
      const at = Math.max(Math.floor(now), (known?.at ?? 0) + 1);
      keep(participantId, { at, sender: self, value });
      pending.add(participantId);
    },
    /** Deletes what this node has set, as if right after setting it: a value that another node has set since stays. */
    delete(participantId: string): boolean {
      const known = updates.get(participantId);
      if (known?.sender !== self || known.value === undefined) return false;
      keep(participantId, { at: known.at + 1, sender: self, value: undefined });
      pending.add(participantId);
      return true;
    },
    /** Redis may have lost what this node has published: all of it is pending again. */
    publishAgain(): void {
      for (const [participantId, { sender }] of updates) if (sender === self) pending.add(participantId);
    },
    /** What is pending, which it is no longer: participant, update, participant, update ... */
    takePending(): string[] {
      const taken = [...pending].flatMap((participantId) => {
        const update = updates.get(participantId);
        return update ? [participantId, textOf(update)] : [];
      });
      pending.clear();
      return taken;
    },
    /** What `takePending` gave could not be published. Where this node has a newer update by now, that one is pending. */
    putBack(taken: readonly string[]): void {
      for (const [index, participantId] of taken.entries())
        if (index % 2 === 0 && updates.get(participantId)?.sender === self) pending.add(participantId);
    },
    /** Takes updates in the form of `takePending`; those that cannot be read are skipped. Returns what changed here. */
    receive(received: readonly string[]): Change<T>[] {
      const changes: Change<T>[] = [];
      for (let index = 0; index + 1 < received.length; index += 2) {
        const [participantId = '', text = ''] = received.slice(index, index + 2);
        const update = parseUpdate(text, schema);
        if (!update || !isNewer(update, updates.get(participantId))) continue;
        const before = values.get(participantId);
        keep(participantId, update);
        pending.delete(participantId);
        changes.push({ participantId, value: update.value, before });
      }
      return changes;
    },
  };
};
