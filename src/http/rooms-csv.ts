// Rooms as a table for mail merges: opened by spreadsheets, so that nothing in it may act as a formula.
import type { RoomListItem } from '../protocol/rest.ts';

/** Spreadsheets take UTF-8 for something else without it. */
const BYTE_ORDER_MARK = '\uFEFF';
const COLUMNS = ['id', 'code', 'joinUrl', 'pin', 'label', 'description', 'phase', 'createdAt', 'expiresAt'] as const;

const fieldOf = (value: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

export const roomsCsvOf = (rooms: readonly (RoomListItem & { readonly pin?: string })[]): string => {
  const rows = rooms.map((room) =>
    COLUMNS.map((column) => {
      const value = room[column];
      return fieldOf(typeof value === 'number' ? new Date(value).toISOString() : (value ?? ''));
    }).join(','),
  );
  return `${BYTE_ORDER_MARK}${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`;
};
