// Buttons that move and remove an item of a list: no dragging, so that keyboard and touch work alike.
import { ActionIcon, Group } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react';
import { useTexts } from '../../i18n/i18n.tsx';

interface ListToolsProps {
  readonly what: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onMove?: (by: -1 | 1) => void;
  readonly onRemove?: () => void;
}

export const ListTools = ({ what, isFirst, isLast, onMove, onRemove }: ListToolsProps) => {
  const words = useTexts().console.form;
  return (
    <Group gap={4} wrap="nowrap">
      {onMove !== undefined && (
        <>
          <ActionIcon
            size={40}
            variant="default"
            aria-label={words.up(what)}
            disabled={isFirst}
            onClick={() => onMove(-1)}
          >
            <IconArrowUp size={18} aria-hidden />
          </ActionIcon>
          <ActionIcon
            size={40}
            variant="default"
            aria-label={words.down(what)}
            disabled={isLast}
            onClick={() => onMove(1)}
          >
            <IconArrowDown size={18} aria-hidden />
          </ActionIcon>
        </>
      )}
      {onRemove !== undefined && (
        <ActionIcon size={40} variant="default" c="red.9" aria-label={words.remove(what)} onClick={onRemove}>
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  );
};
