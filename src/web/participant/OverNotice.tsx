// Where the way into a room ends, and what to do then.
import { Button } from '@mantine/core';
import { IconClockOff, IconDoorOff, IconMoodSad, IconQuestionMark, IconUsersGroup } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.tsx';
import { Notice } from '../ui/Notice.tsx';
import { navigate } from '../ui/router.tsx';

export type OverReason =
  | 'room_not_found'
  | 'room_full'
  | 'room_ended'
  | 'room_expired'
  | 'removed'
  | 'unauthorized'
  | 'other';

export const overReasonOf = (code: string | undefined): OverReason | undefined => {
  switch (code) {
    case 'room_not_found':
    case 'room_full':
    case 'room_ended':
    case 'room_expired':
    case 'removed':
      return code;
    default:
      return undefined;
  }
};

interface OverNoticeProps {
  readonly reason: OverReason;
  /** For reasons without words of their own. */
  readonly message?: string;
  readonly onRetry?: () => void;
}

export const OverNotice = ({ reason, message, onRetry }: OverNoticeProps) => {
  const texts = useTexts();
  const { over } = texts;
  const words: Record<OverReason, readonly [ReactNode, string, string]> = {
    room_not_found: [<IconQuestionMark key="icon" />, over.notFoundTitle, over.notFound],
    room_full: [<IconUsersGroup key="icon" />, over.fullTitle, over.full],
    room_ended: [<IconDoorOff key="icon" />, over.roomEndedTitle, over.roomEnded],
    room_expired: [<IconClockOff key="icon" />, over.expiredTitle, over.expired],
    removed: [<IconDoorOff key="icon" />, over.removedTitle, over.removed],
    unauthorized: [<IconDoorOff key="icon" />, over.unauthorizedTitle, over.unauthorized],
    other: [<IconMoodSad key="icon" />, texts.failure.crashed, message ?? texts.failure.unknown],
  };
  const [icon, title, text] = words[reason];
  const isFinal = reason === 'removed' || reason === 'room_ended' || reason === 'room_expired';
  return (
    <Notice icon={icon} title={title} text={text} tone="orange" testId={`over-${reason}`}>
      {onRetry !== undefined && !isFinal && reason !== 'room_not_found' && (
        <Button onClick={onRetry}>{reason === 'unauthorized' ? over.joinAgain : texts.common.retry}</Button>
      )}
      <Button variant="subtle" onClick={() => navigate('/')}>
        {over.toStart}
      </Button>
    </Notice>
  );
};
