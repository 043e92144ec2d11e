// After the end: the recording is handed in, and only then the thanks. Nothing here may be left before it is done.
import { Alert, Button, Progress, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight, IconCircleCheck, IconCloudUpload } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { RoomClient, RoomClientState } from '../../client/index.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Shell } from '../ui/Shell.tsx';
import { useIsOnline, useLeaveWarning, useSecondsSince } from './use-room.ts';

interface FinishProps {
  readonly client: RoomClient;
  readonly state: RoomClientState;
  readonly room: RoomView;
}

const SLOW_AFTER_SECONDS = 20;

export const Finish = ({ state, room }: FinishProps) => {
  const texts = useTexts();
  const { upload } = state;
  useLeaveWarning(!upload.complete);
  return (
    <Shell title={room.title}>
      {upload.complete ? (
        <Notice
          icon={<IconCircleCheck />}
          tone="teal"
          title={texts.over.thanks}
          text={
            room.settings.completionUrl !== undefined
              ? texts.over.completeNext
              : upload.uploadedChunks > 0
                ? texts.over.thanksNext
                : texts.over.thanksNothing
          }
          testId="thanks"
        >
          {room.settings.completionUrl !== undefined && (
            <Button
              component="a"
              href={room.settings.completionUrl}
              size="lg"
              rightSection={<IconArrowRight aria-hidden />}
              data-testid="completion-link"
            >
              {texts.over.complete}
            </Button>
          )}
        </Notice>
      ) : (
        <HandingIn upload={upload} />
      )}
    </Shell>
  );
};

const HandingIn = ({ upload }: { upload: RoomClientState['upload'] }) => {
  const texts = useTexts();
  const isOnline = useIsOnline();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const total = upload.uploadedChunks + upload.queuedChunks;
  // The last step, completing, has no chunk of its own: the bar is full only when everything is.
  const percent = total === 0 ? 5 : Math.min(98, (100 * upload.uploadedChunks) / total);
  // Each chunk that goes through starts the patience anew.
  const stalledSeconds = useStalledSeconds(upload.uploadedChunks);
  const isStuck = upload.failure !== undefined || !isOnline || stalledSeconds > SLOW_AFTER_SECONDS;
  return (
    <Stack className="step-column" ta="center" py="xl">
      <IconCloudUpload size={88} aria-hidden className="soft-icon center" />
      <div>
        <Text c="dimmed">{texts.over.ended}</Text>
        <Title order={1} size="h2" ref={heading} tabIndex={-1} className="quiet-focus">
          {texts.over.handingIn}
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
          {upload.failure !== undefined && <Text size="sm">{upload.failure.message}</Text>}
        </Alert>
      )}
    </Stack>
  );
};

const useStalledSeconds = (uploadedChunks: number): number => {
  const started = useRef({ chunks: uploadedChunks, at: 0 });
  const seconds = useSecondsSince(true);
  if (started.current.chunks !== uploadedChunks) started.current = { chunks: uploadedChunks, at: seconds };
  return seconds - started.current.at;
};
