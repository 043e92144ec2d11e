// One client's copy of the room: commits in version order, duplicates dropped, gaps noticed. Pure state, no timers, no sockets.
import type { RoomEventMessage, RoomSnapshot, RoomView } from '../../protocol/room-view.ts';
import type { VoiceStatus } from '../../protocol/session-messages.ts';
import { evolveView, withPages } from './evolve-view.ts';

export interface Replica {
  readonly view: RoomView | undefined;
  /** Of the last applied commit; 0 before the first snapshot. */
  readonly version: number;
  /** True from the first hint of a commit that is missing here until it has come. */
  readonly needsSync: boolean;
  /** False when it is older than what is known and `force` is not set. */
  applySnapshot(snapshot: RoomSnapshot, options?: { readonly force?: boolean }): boolean;
  /** The commits that this one completed, in order: none for a duplicate or one from beyond a gap, several when it closed one. */
  applyCommit(message: RoomEventMessage): RoomEventMessage[];
  applyVoice(status: VoiceStatus): void;
  /** Somebody saw this version: true when it is not here yet. */
  noteVersion(version: number): boolean;
  /** Forgets what waits beyond a gap, and that there is one: a new connection sends its own snapshot. */
  forgetAhead(): void;
}

/** More than this many commits beyond a gap are not kept: a sync brings them again. */
const MAX_AHEAD = 500;

export const createReplica = (): Replica => {
  let view: RoomView | undefined;
  let version = 0;
  let highestSeen = 0;
  const ahead = new Map<number, RoomEventMessage>();

  const apply = (current: RoomView, message: RoomEventMessage): RoomView => {
    const withContent = message.pages ? withPages(current, message.pages) : current;
    return message.events.reduce((room, event) => evolveView(room, event, message.at), withContent);
  };

  const takeReady = (): RoomEventMessage[] => {
    const ready: RoomEventMessage[] = [];
    for (let next = ahead.get(version + 1); view && next; next = ahead.get(version + 1)) {
      ahead.delete(next.version);
      view = apply(view, next);
      version = next.version;
      ready.push(next);
    }
    return ready;
  };

  return {
    get view() {
      return view;
    },
    get version() {
      return version;
    },
    get needsSync() {
      return view !== undefined && highestSeen > version;
    },
    applySnapshot(snapshot, options) {
      if (view && !options?.force && snapshot.version <= version) return false;
      view = snapshot.room;
      version = snapshot.version;
      for (const known of [...ahead.keys()]) if (known <= version) ahead.delete(known);
      takeReady();
      highestSeen = Math.max(options?.force ? 0 : highestSeen, version, ...ahead.keys());
      return true;
    },
    applyCommit(message) {
      highestSeen = Math.max(highestSeen, message.version);
      if (message.version <= version) {
        // Of commits that were missed the first turn brings the pages of all, and may be here already without them.
        if (view && message.pages) view = withPages(view, message.pages);
        return [];
      }
      const hasMorePages = (ahead.get(message.version)?.pages?.length ?? 0) > (message.pages?.length ?? 0);
      const isKept = ahead.size < MAX_AHEAD || message.version === version + 1;
      if (isKept && !hasMorePages) ahead.set(message.version, message);
      return takeReady();
    },
    applyVoice({ participantId, micOn, speaking }) {
      if (!view) return;
      const participants = view.participants.map((participant) =>
        participant.id === participantId ? { ...participant, micOn, speaking } : participant,
      );
      view = { ...view, participants };
    },
    noteVersion(seen) {
      highestSeen = Math.max(highestSeen, seen);
      return view !== undefined && seen > version;
    },
    forgetAhead() {
      ahead.clear();
      highestSeen = version;
    },
  };
};
