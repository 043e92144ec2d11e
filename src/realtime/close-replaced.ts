// Closes a connection because a newer one of the same participant counts. Its client learns why, and does not come back.
import type { Socket } from 'socket.io';

export const closeReplaced = (socket: Socket): void => {
  socket.emit('connection:replaced', {});
  socket.disconnect();
};
