// For tests of rooms without sockets: nobody is connected, and nobody is declared lost for it.
import type { Announcer } from '../../../src/rooms/ports.ts';

export const NOBODY_TO_TELL: Announcer = {
  announce: () => {},
  rooms: () => [],
  holds: () => true,
  catchUp: () => {},
  isAhead: () => false,
  restart: async () => {},
  closeRoom: () => {},
};
