// What only the host has: turning pages, ending the debate. The server checks each of them again.
import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconDoorExit } from '@tabler/icons-react';
import { useState } from 'react';
import type { RoomClient } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { showRefusal } from './refusal.ts';

interface PageTurnerProps {
  readonly room: RoomView;
  readonly committedPage: number;
  readonly onTurn: (to: 'next' | 'previous') => Promise<void>;
}

export const PageTurner = ({ room, committedPage, onTurn }: PageTurnerProps) => {
  const texts = useTexts();
  const [isTurning, setTurning] = useState(false);
  const turn = async (to: 'next' | 'previous') => {
    if (isTurning) return;
    setTurning(true);
    await onTurn(to);
    setTurning(false);
  };
  // Buttons stay focusable at the ends (aria-disabled), so that the keyboard never loses its place.
  const atFirst = committedPage <= 0;
  const atLast = committedPage >= room.pageCount - 1;
  return (
    <Group gap="sm" wrap="nowrap">
      <ActionIcon
        size={52}
        variant="default"
        aria-label={texts.debate.previousPage}
        aria-disabled={atFirst}
        className={atFirst ? 'at-end' : ''}
        onClick={() => !atFirst && void turn('previous')}
        data-testid="prev-page"
      >
        <IconChevronLeft aria-hidden />
      </ActionIcon>
      <Text
        fw={650}
        className="nowrap"
        data-testid="page-number"
        aria-label={texts.debate.page(room.page + 1, room.pageCount)}
        role="img"
      >
        {`${room.page + 1} / ${room.pageCount}`}
      </Text>
      <Button
        size="lg"
        aria-disabled={atLast}
        aria-label={texts.debate.nextPage}
        className={atLast ? 'at-end' : ''}
        onClick={() => !atLast && void turn('next')}
        rightSection={<IconChevronRight aria-hidden />}
        data-testid="next-page"
      >
        {texts.debate.nextShort}
      </Button>
    </Group>
  );
};

export const EndButton = ({ client }: { client: RoomClient }) => {
  const texts = useTexts();
  const [isOpen, dialog] = useDisclosure(false);
  const end = async () => {
    const result = await client.endDebate();
    dialog.close();
    if (!result.ok) showRefusal(result.error);
  };
  return (
    <>
      <Button
        variant="default"
        size="sm"
        className="end-button"
        leftSection={<IconDoorExit size={18} aria-hidden />}
        onClick={dialog.open}
        data-testid="end-debate"
      >
        {texts.debate.end}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        title={texts.debate.endTitle}
        text={texts.debate.endText}
        confirm={texts.debate.endConfirm}
        onConfirm={end}
        onClose={dialog.close}
      />
    </>
  );
};
