// Rooms as a table for mail merges.
import { BYTE_ORDER_MARK, csvRowOf } from '../analysis/csv.ts';
import type { RoomListItem } from '../protocol/rest.ts';

const COLUMNS = ['id', 'code', 'joinUrl', 'pin', 'label', 'description', 'phase', 'createdAt', 'expiresAt'] as const;

export const roomsCsvOf = (rooms: readonly (RoomListItem & { readonly pin?: string })[]): string => {
  const rows = rooms.map((room) =>
    csvRowOf(
      COLUMNS.map((column) => {
        const value = room[column];
        return typeof value === 'number' ? new Date(value).toISOString() : value;
      }),
    ),
  );
  return `${BYTE_ORDER_MARK}${csvRowOf(COLUMNS)}${rows.join('')}`;
};
