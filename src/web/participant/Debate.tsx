// The debate: the page that the host has turned to, its questions, the people, and the few controls.

import { Alert, Group, Paper, Stack, Text } from '@mantine/core';
import { useCallback, useEffect } from 'react';
import type { Microphone, RoomClient, RoomClientState } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { isolated } from '../../protocol/typed-text.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { Shell } from '../ui/Shell.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { EndButton, PageTurner } from './HostControls.tsx';
import { MicHelp } from './MicCheck.tsx';
import { MuteButton } from './MuteButton.tsx';
import { PageContent } from './PageContent.tsx';
import { ParticipantPanel } from './ParticipantPanel.tsx';
import { showRefusal } from './refusal.ts';
import { TimeLeft } from './TimeLeft.tsx';
import { useMicrophone } from './use-microphone.ts';

interface DebateProps {
  readonly client: RoomClient;
  readonly microphone: Microphone;
  readonly state: RoomClientState;
  readonly room: RoomView;
}

/** Keys belong to fields and buttons first. */
const isPageKeyTarget = (target: EventTarget | null): boolean =>
  !(target instanceof Element) ||
  target.closest('input, textarea, select, button, a, audio, [role="menu"], [role="dialog"], [contenteditable]') ===
    null;

export const Debate = ({ client, microphone, state, room }: DebateProps) => {
  const texts = useTexts();
  const self = room.participants.find((one) => one.id === room.self);
  const host = room.participants.find((one) => one.isHost);
  const isHost = self?.isHost === true;

  const turn = useCallback(
    async (to: 'next' | 'previous') => {
      const result = await client.turnPage(to);
      if (!result.ok) showRefusal(result.error);
    },
    [client],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
      if (!isPageKeyTarget(event.target)) return;
      if (event.key === 'ArrowRight') void turn('next');
      if (event.key === 'ArrowLeft') void turn('previous');
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [turn]);

  return (
    <>
      <ConnectionBanner client={client} state={state} />
      <Shell
        wide
        title={room.title}
        right={
          <>
            <TimeLeft client={client} room={room} />
            {isHost && <EndButton client={client} />}
          </>
        }
      >
        <div className="debate" data-testid="debate">
          <ParticipantPanel client={client} room={room} links={state.links} isHost={isHost} />
          <Stack className="debate-page">
            {self?.muted === true && <MutedNotice />}
            <MicrophoneNotice microphone={microphone} />
            <Paper className="page-card">
              <PageContent client={client} room={room} committedPage={state.committedPage} />
            </Paper>
          </Stack>
        </div>
      </Shell>
      <footer className="control-bar">
        <MuteButton client={client} microphone={microphone} isMutedByHost={self?.muted === true} />
        {isHost ? (
          <PageTurner room={room} committedPage={state.committedPage} onTurn={turn} />
        ) : (
          <Group gap="xs" wrap="nowrap" miw={0}>
            <Text fw={650} data-testid="page-number" className="nowrap" translate="no">
              {`${room.page + 1} / ${room.pageCount}`}
            </Text>
            {host !== undefined && (
              <Text c="dimmed" size="sm" lineClamp={2}>
                {texts.debate.hostTurns(isolated(host.nickname))}
              </Text>
            )}
          </Group>
        )}
      </footer>
    </>
  );
};

/** Only the reason: it is undone by the microphone button, like one's own mute. */
const MutedNotice = () => {
  const texts = useTexts();
  return (
    <Alert color="orange" title={texts.debate.mutedByHost} role="alert" data-testid="muted-notice">
      {texts.debate.mutedNext}
    </Alert>
  );
};

const MicrophoneNotice = ({ microphone }: { microphone: Microphone }) => {
  const state = useMicrophone(microphone);
  return state.status === 'failed' ? (
    <MicHelp problem={state.problem ?? 'unknown'} onRetry={() => void microphone.open()} />
  ) : null;
};
