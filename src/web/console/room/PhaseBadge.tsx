// The phase of a room in one word and one colour.
import { Badge } from '@mantine/core';
import type { RoomPhase } from '../../../protocol/phases.ts';
import { useTexts } from '../../i18n/i18n.tsx';

const COLORS: Record<RoomPhase, string> = {
  waiting: '#495057',
  countdown: '#8f5300',
  running: '#1b6e3a',
  ended: '#2b4acb',
  expired: '#6b4a4a',
};

export const PhaseBadge = ({ phase }: { phase: RoomPhase }) => {
  const texts = useTexts();
  return (
    <Badge color={COLORS[phase]} variant="filled" tt="none" size="lg" data-testid="phase" data-phase={phase}>
      {texts.console.phases[phase]}
    </Badge>
  );
};
