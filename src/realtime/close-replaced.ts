// A newer connection of the participant counts: this one is told so and closed, and its client does not come again.
import type { Socket } from 'socket.io';

export const closeReplaced = (socket: Socket): void => {
  socket.emit('connection:replaced', {});
  socket.disconnect();
};
