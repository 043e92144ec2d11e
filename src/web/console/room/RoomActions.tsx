// Ending a room and erasing it; erasing only after the room's code is typed.
import { Button, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDoorExit, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { RoomAnswer } from '../../../protocol/room-answers.ts';
import { useTexts } from '../../i18n/i18n.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { navigate } from '../../ui/router.tsx';
import { useApi } from '../frame/session.tsx';
import { useAction } from '../frame/use-action.ts';

export const RoomActions = ({ room }: { room: RoomAnswer }) => {
  const words = useTexts().console.room;
  const api = useApi();
  const { run } = useAction();
  const [isEnding, ending] = useDisclosure(false);
  const [isErasing, erasing] = useDisclosure(false);
  const [typed, setTyped] = useState('');
  const isLive = room.phase !== 'ended' && room.phase !== 'expired';

  // The dialog is closed by then: a notice stands above everything.
  const attempt = (action: () => Promise<void>) =>
    run(action, (message) => notifications.show({ color: 'red', message, role: 'alert' }));

  return (
    <>
      {isLive && (
        <Button
          size="sm"
          variant="default"
          leftSection={<IconDoorExit size={18} aria-hidden />}
          onClick={ending.open}
          data-testid="console-end"
        >
          {words.end}
        </Button>
      )}
      <Button
        size="sm"
        variant="default"
        c="red.9"
        leftSection={<IconTrash size={18} aria-hidden />}
        onClick={() => {
          setTyped('');
          erasing.open();
        }}
        data-testid="console-erase"
      >
        {words.erase}
      </Button>
      <ConfirmDialog
        isOpen={isEnding}
        title={words.endTitle}
        text={words.endText}
        confirm={words.end}
        onConfirm={() => attempt(() => api.endRoom(room.id)).then(ending.close)}
        onClose={ending.close}
      />
      <ConfirmDialog
        isOpen={isErasing}
        title={words.eraseTitle}
        text={words.eraseText(room.code)}
        confirm={words.eraseConfirm}
        isBlocked={typed.trim().toUpperCase() !== room.code.toUpperCase()}
        onConfirm={() =>
          attempt(async () => {
            await api.eraseRoom(room.id);
            notifications.show({ message: words.erased });
            navigate(`/console/studies/${room.studyId}`, { replace: true });
          })
        }
        onClose={erasing.close}
      >
        <TextInput
          label={words.eraseField}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
          data-testid="erase-code"
        />
      </ConfirmDialog>
    </>
  );
};
