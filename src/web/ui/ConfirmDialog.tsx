// Asks before what cannot be undone. The focus starts on the harmless answer.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTexts } from '../i18n/i18n.tsx';

interface ConfirmDialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly isBlocked?: boolean;
  readonly children?: ReactNode;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

export const ConfirmDialog = (props: ConfirmDialogProps) => {
  const { isOpen, title, text, confirm, isBlocked = false, children, onConfirm, onClose } = props;
  const texts = useTexts();
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await onConfirm().finally(() => setBusy(false));
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': texts.common.close }}
      styles={{ title: { fontWeight: 650, fontSize: 'var(--mantine-font-size-lg)' } }}
    >
      <Stack>
        <Text>{text}</Text>
        {children}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus={children === undefined ? true : undefined}>
            {texts.common.cancel}
          </Button>
          <Button
            color="red"
            loading={isBusy}
            disabled={isBlocked}
            onClick={() => void run()}
            data-testid="confirm-button"
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
