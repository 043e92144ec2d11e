// A refused command, in the server's words, where nothing nearer can show it.
import { notifications } from '@mantine/notifications';
import type { CommandRefusal } from '../../client/index.ts';

export const showRefusal = (refusal: CommandRefusal): void => {
  notifications.hide(refusal.code);
  notifications.show({ id: refusal.code, message: refusal.message, color: 'orange', autoClose: 6_000, role: 'alert' });
};
