// One room of a live map as this node knows it: what was said last of each participant, when, and on which node. The later
// statement counts, here, on every other node and in Redis: it does not matter how often or in which order statements come.
import type { z } from 'zod';

interface Statement<T> {
  /** Room clock, ms; always later than what it follows. */
  readonly at: number;
  readonly node: string;
  /** Undefined: taken back. Kept, for older statements may still be on their way. */
  readonly value: T | undefined;
}

export interface Change<T> {
  readonly participantId: string;
  readonly value: T | undefined;
  readonly before: T | undefined;
}

export type LatestValues<T> = ReturnType<typeof createLatestValues<T>>;

/** `at node json`: the time is read without the rest, also by a script in Redis. */
const textOf = ({ at, node, value }: Statement<unknown>): string =>
  `${at} ${node} ${value === undefined ? '' : JSON.stringify(value)}`;

const parseStatement = <T>(text: string, schema: z.ZodType<T>): Statement<T> | undefined => {
  const [, at, node, json] = /^(\d{1,15}) (\S+) (.*)$/s.exec(text) ?? [];
  if (at === undefined || node === undefined || json === undefined) return undefined;
  if (json === '') return { at: Number(at), node, value: undefined };
  try {
    return { at: Number(at), node, value: schema.parse(JSON.parse(json)) };
  } catch {
    return undefined;
  }
};

export const createLatestValues = <T>({ node: self, schema }: { node: string; schema: z.ZodType<T> }) => {
  const statements = new Map<string, Statement<T>>();
  const values = new Map<string, T>();
  const untold = new Set<string>();

  const remember = (participantId: string, statement: Statement<T>): void => {
    statements.set(participantId, statement);
    if (statement.value === undefined) values.delete(participantId);
    else values.set(participantId, statement.value);
  };

  return {
    values: values as ReadonlyMap<string, T>,
    untold: untold as ReadonlySet<string>,
    say(participantId: string, value: T, now: number): void {
      const known = statements.get(participantId);
      const at = Math.max(Math.floor(now), (known?.at ?? 0) + 1);
      remember(participantId, { at, node: self, value });
      untold.add(participantId);
    },
    /** As if it had been said right after what it takes back, so that whatever another node has said since stays. */
    takeBack(participantId: string): boolean {
      const known = statements.get(participantId);
      if (known?.node !== self || known.value === undefined) return false;
      remember(participantId, { at: known.at + 1, node: self, value: undefined });
      untold.add(participantId);
      return true;
    },
    /** All that this node has said is to be told again. */
    tellAgain(): void {
      for (const [participantId, { node }] of statements) if (node === self) untold.add(participantId);
    },
    /** Participant, statement, participant, statement ... */
    takeUntold(): string[] {
      const told = [...untold].flatMap((participantId) => {
        const statement = statements.get(participantId);
        return statement ? [participantId, textOf(statement)] : [];
      });
      untold.clear();
      return told;
    },
    /** What `takeUntold` gave has not arrived; what is said by now is told in its stead. */
    wasNotTold(told: readonly string[]): void {
      for (const [index, participantId] of told.entries())
        if (index % 2 === 0 && statements.get(participantId)?.node === self) untold.add(participantId);
    },
    /** In the form of `takeUntold`. Told are those who changed; what cannot be read is passed over. */
    hear(told: readonly string[]): Change<T>[] {
      const changes: Change<T>[] = [];
      for (let index = 0; index + 1 < told.length; index += 2) {
        const [participantId = '', text = ''] = told.slice(index, index + 2);
        const heard = parseStatement(text, schema);
        const known = statements.get(participantId);
        // Two nodes in one millisecond: Redis has taken one of them, and that is what is heard.
        const isNews = heard && (!known || heard.at > known.at || (heard.at === known.at && heard.node !== known.node));
        if (!isNews) continue;
        const before = values.get(participantId);
        remember(participantId, heard);
        untold.delete(participantId);
        changes.push({ participantId, value: heard.value, before });
      }
      return changes;
    },
    forget(): Change<T>[] {
      const changes = [...values].map(([participantId, before]) => ({ participantId, value: undefined, before }));
      statements.clear();
      values.clear();
      untold.clear();
      return changes;
    },
  };
};
