// The rooms of a study as a table for mail merges: links, codes and PINs. Pure.
import type { RoomListItem } from '../protocol/room-answers.ts';
import { BYTE_ORDER_MARK, spreadsheetRowOf } from './csv.ts';

const COLUMNS = ['id', 'code', 'joinUrl', 'pin', 'label', 'description', 'phase', 'createdAt', 'expiresAt'] as const;

export const roomsCsvOf = (rooms: readonly (RoomListItem & { readonly pin?: string })[]): string => {
  const rows = rooms.map((room) =>
    spreadsheetRowOf(
      COLUMNS.map((column) => {
        const value = room[column];
        return typeof value === 'number' ? new Date(value).toISOString() : value;
      }),
    ),
  );
  return `${BYTE_ORDER_MARK}${spreadsheetRowOf(COLUMNS)}${rows.join('')}`;
};
