// What this node has seen of the list of nodes: since when each mark has not changed, and who is known to be gone. The silence of a
// node is measured by our own monotonic clock, and only while we could read the list: after an outage of the database, or a pause
// of our own, every node gets the whole time again. Decides nothing: watched-nodes.ts declares dead. [NO2] [NO3]
import type { Clock } from '../ports.ts';

/** With the second until the next look, and the commits that follow, people on a dead node are declared lost within ten seconds. */
const DEAD_AFTER_MS = 7_000;
/** Looking less often than this is not watching. */
const BLIND_AFTER_MS = 3_000;
const MAX_REMEMBERED = 1_000;

export interface Look {
  /** Asked after and not in the list: of an earlier run, or it died and no node has looked after its rooms since. */
  readonly unlisted: readonly string[];
  /** Not in the list any more: stopped in good order, or declared dead by a node that looks after its rooms. */
  readonly missing: readonly string[];
  /** In the list, and silent for too long. */
  readonly silent: readonly { readonly id: string; readonly mark: number }[];
}

export const createNodeList = (clock: Pick<Clock, 'monotonic'>) => {
  let lookedAt = Number.NEGATIVE_INFINITY;
  const listed = new Map<string, { readonly mark: number; readonly since: number }>();
  /** No boot id comes back: once gone, always gone. */
  const gone = new Set<string>();
  /** Seen in a room and not in the list: they may be newer than the last look. */
  const unknown = new Set<string>();

  const remember = (id: string): void => {
    gone.add(id);
    const [oldest] = gone;
    if (gone.size > MAX_REMEMBERED && oldest !== undefined) gone.delete(oldest);
  };

  return {
    isGone: (id: string): boolean => !listed.has(id) && gone.has(id),
    askAfter(id: string): void {
      if (!listed.has(id) && !gone.has(id)) unknown.add(id);
    },
    askedAfter: (): string[] => [...unknown],
    /** Seen in the list or not: it holds nothing any more. The next look still reports that it has left the list. */
    remember,
    noteGone(id: string): void {
      listed.delete(id);
      remember(id);
    },
    /** `asked`: who had been asked after before the list was read; whoever is asked after since may be newer than it. */
    look(marks: ReadonlyMap<string, number>, asked: readonly string[]): Look {
      const now = clock.monotonic();
      for (const id of asked) unknown.delete(id);
      if (now - lookedAt > BLIND_AFTER_MS) {
        // A node may have died meanwhile: all that were listed are asked after.
        for (const id of listed.keys()) unknown.add(id);
        listed.clear();
      }
      lookedAt = now;
      const missing = [...listed.keys()].filter((id) => !marks.has(id));
      const silent: { id: string; mark: number }[] = [];
      for (const [id, mark] of marks) {
        const known = listed.get(id);
        if (known?.mark !== mark) listed.set(id, { mark, since: now });
        else if (now - known.since >= DEAD_AFTER_MS) silent.push({ id, mark });
      }
      return { unlisted: asked.filter((id) => !marks.has(id)), missing, silent };
    },
  };
};

export type NodeList = ReturnType<typeof createNodeList>;
