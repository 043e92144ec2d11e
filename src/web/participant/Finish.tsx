// After the end: the recording is handed in, and only then the thanks. Nothing here may be left before it is done.
import { Alert, Button, Progress, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight, IconCircleCheck, IconCloudUpload } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { RoomClient, RoomClientState } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Shell } from '../ui/Shell.tsx';
import { hindranceOf } from './hindrance.ts';
import { SaveRecording } from './SaveRecording.tsx';
import { useIsOnline, useLeaveWarning, useSecondsSince } from './use-room.ts';

interface FinishProps {
  readonly client: RoomClient;
  readonly state: RoomClientState;
  readonly room: RoomView;
}

const SLOW_AFTER_SECONDS = 20;

export const Finish = ({ client, state, room }: FinishProps) => {
  const { upload, answers } = state;
  const isSending = upload.sending || answers.pending > 0;
  const isSafe = !isSending && upload.keptTakes === 0;
  useLeaveWarning(!isSafe || answers.refused.length > 0);
  return (
    <Shell title={room.title}>
      {isSafe && <Thanks state={state} room={room} />}
      {isSending && <HandingIn client={client} room={room} state={state} />}
      {!isSafe && !isSending && <NotHandedIn client={client} room={room} state={state} />}
    </Shell>
  );
};

const CompletionLink = ({ url }: { url: string }) => {
  const texts = useTexts();
  return (
    <Button
      component="a"
      href={url}
      size="lg"
      rightSection={<IconArrowRight aria-hidden />}
      data-testid="completion-link"
    >
      {texts.over.complete}
    </Button>
  );
};

/** What was given too late, or lost its way: its owner still has the words. */
const RefusedAnswers = ({ state, room }: Omit<FinishProps, 'client'>) => {
  const texts = useTexts();
  const { refused } = state.answers;
  if (refused.length === 0) return null;
  const questions = room.pages.flatMap((page) => page.questions);
  return (
    <Alert
      color="orange"
      icon={<IconAlertTriangle aria-hidden />}
      ta="left"
      title={texts.over.answersRefused}
      data-testid="refused-answers"
    >
      {refused.map(({ questionId, value }) => (
        <Text key={questionId}>
          {questions.find(({ id }) => id === questionId)?.prompt}: {Array.isArray(value) ? value.join(', ') : value}
        </Text>
      ))}
    </Alert>
  );
};

const Thanks = ({ state, room }: Omit<FinishProps, 'client'>) => {
  const texts = useTexts();
  const { upload, answers } = state;
  const { completionUrl } = room.settings;
  const isWhole = upload.complete && upload.uploadedChunks > 0 && answers.refused.length === 0;
  const next = isWhole ? texts.over.thanksNext : texts.over.thanksNothing;
  return (
    <Notice
      icon={<IconCircleCheck />}
      tone="teal"
      title={texts.over.thanks}
      text={completionUrl === undefined ? next : texts.over.completeNext}
      testId="thanks"
    >
      {upload.lacking && (
        <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} ta="left" data-testid="lacking">
          {texts.over.lacking}
        </Alert>
      )}
      <RefusedAnswers state={state} room={room} />
      {completionUrl !== undefined && <CompletionLink url={completionUrl} />}
    </Notice>
  );
};

/** Refused for good: only the participant can still bring it to the researcher, and is told how. */
const NotHandedIn = ({ client, room, state }: FinishProps) => {
  const texts = useTexts();
  const { completionUrl } = room.settings;
  const hindrance = hindranceOf(state.upload);
  return (
    <Notice
      icon={<IconAlertTriangle />}
      tone="orange"
      title={texts.over.keptTitle}
      text={texts.over.kept}
      testId="not-handed-in"
    >
      {hindrance !== undefined && <Text size="sm">{hindrance}</Text>}
      <RefusedAnswers state={state} room={room} />
      <SaveRecording client={client} room={room} />
      <Button variant="default" size="lg" onClick={() => void client.sendRecordingsAgain()}>
        {texts.common.retry}
      </Button>
      {completionUrl !== undefined && <CompletionLink url={completionUrl} />}
    </Notice>
  );
};

const HandingIn = ({ client, room, state }: FinishProps) => {
  const { upload } = state;
  const texts = useTexts();
  const isOnline = useIsOnline();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const total = upload.uploadedChunks + upload.queuedChunks;
  // The last step, completing, has no chunk of its own: the bar is full only when everything is.
  const percent = total === 0 ? 5 : Math.min(98, (100 * upload.uploadedChunks) / total);
  // Each chunk that goes through starts the patience anew.
  const stalledSeconds = useStalledSeconds(upload.uploadedChunks);
  const hindrance = hindranceOf(upload);
  const isStuck = hindrance !== undefined || !isOnline || stalledSeconds > SLOW_AFTER_SECONDS;
  return (
    <Stack className="step-column" ta="center" py="xl">
      <IconCloudUpload size={88} aria-hidden className="soft-icon center" />
      <div>
        <Text c="dimmed">{texts.over.ended}</Text>
        <Title order={1} size="h2" ref={heading} tabIndex={-1} className="quiet-focus">
          {upload.sending ? texts.over.handingIn : texts.over.savingAnswers}
        </Title>
      </div>
      <Progress.Root size={20} radius="xl" data-testid="upload-progress">
        <Progress.Section
          value={percent}
          animated
          aria-label={texts.over.handingIn}
          aria-valuetext={texts.over.progress(upload.uploadedChunks, total)}
        />
      </Progress.Root>
      <Text size="lg" fw={650}>
        {texts.over.keepOpen}
      </Text>
      {total > 0 && <Text c="dimmed">{texts.over.progress(upload.uploadedChunks, total)}</Text>}
      {isStuck && (
        <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} role="alert" ta="left">
          {isOnline ? texts.over.retrying : texts.connection.offline}
          {hindrance !== undefined && <Text size="sm">{hindrance}</Text>}
        </Alert>
      )}
      {isStuck && upload.sending && <SaveRecording client={client} room={room} />}
    </Stack>
  );
};

const useStalledSeconds = (uploadedChunks: number): number => {
  const started = useRef({ chunks: uploadedChunks, at: 0 });
  const seconds = useSecondsSince(true);
  if (started.current.chunks !== uploadedChunks) started.current = { chunks: uploadedChunks, at: seconds };
  return seconds - started.current.at;
};
