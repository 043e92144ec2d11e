// When the debate's time is up, for all that show it.
import type { RoomView } from '../../protocol/room-view.ts';

/** When the debate's time is up, on the room clock; undefined while it has no limit, or has not begun. */
export const endsAtOf = ({ settings, startedAt }: RoomView): number | undefined =>
  settings.timeLimitMinutes === undefined || startedAt === undefined
    ? undefined
    : startedAt + settings.timeLimitMinutes * 60_000;
