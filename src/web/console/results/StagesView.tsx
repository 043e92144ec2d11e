// How far the jobs of a room are, what went wrong, and another run.
import { Alert, Badge, Button, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { StageAnswer } from '../../../protocol/job-answers.ts';
import type { AnalysisRequest } from '../../../protocol/rest.ts';
import type { StageState } from '../../../protocol/stages.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { timeText } from '../../ui/format.ts';
import { useApi } from '../frame/session.tsx';
import { useAction } from '../frame/use-action.ts';

interface StagesViewProps {
  readonly roomId: string;
  readonly stages: readonly StageAnswer[];
  readonly onRerun: () => void;
}

const COLORS: Record<StageState, string> = {
  waiting: '#495057',
  running: '#2b4acb',
  done: '#1b6e3a',
  failed: '#c92a2a',
  not_configured: '#8f5300',
};

export const StagesView = ({ roomId, stages, onRerun }: StagesViewProps) => {
  const words = useTexts().console.stages;
  const api = useApi();
  const action = useAction();
  const [isStarted, setStarted] = useState(false);
  const [isForgetting, forgetting] = useDisclosure(false);
  const rerun = (request: AnalysisRequest = {}) =>
    action.run(async () => {
      await api.rerunAnalysis(roomId, request);
      setStarted(true);
      onRerun();
    });
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {words.title}
        </Title>
        <Group gap="xs">
          <Button size="sm" variant="subtle" onClick={forgetting.open} data-testid="forget-answers">
            {words.forget}
          </Button>
          <Button
            size="sm"
            variant="default"
            leftSection={<IconRefresh size={18} aria-hidden />}
            loading={action.isBusy}
            onClick={() => void rerun()}
            data-testid="rerun-analysis"
          >
            {words.rerun}
          </Button>
        </Group>
      </Group>
      <ConfirmDialog
        isOpen={isForgetting}
        title={words.forgetTitle}
        text={words.forgetText}
        confirm={words.forget}
        onConfirm={() => rerun({ forgetAnswers: true }).then(forgetting.close)}
        onClose={forgetting.close}
      />
      <div role="status">{isStarted && <Text c="dimmed">{words.rerunStarted}</Text>}</div>
      {action.failure !== undefined && (
        <Alert color="red" role="alert">
          {action.failure}
        </Alert>
      )}
      <ol className="plain-list stages">
        {stages.map((stage) => (
          <Stage key={stage.stage} stage={stage} />
        ))}
      </ol>
      {stages.some((stage) => stage.state === 'not_configured') && (
        <Alert color="orange" data-testid="not-configured">
          {words.notConfigured}
        </Alert>
      )}
    </Stack>
  );
};

const Stage = ({ stage }: { stage: StageAnswer }) => {
  const words = useTexts().console.stages;
  const { language } = useLanguage();
  return (
    <li data-testid={`stage-${stage.stage}`} data-state={stage.state}>
      <Group justify="space-between" gap="sm">
        <Text fw={600}>{words[stage.stage]}</Text>
        <Group gap="xs">
          {stage.model !== undefined && (
            <Text size="sm" c="dimmed">
              {stage.model}
            </Text>
          )}
          {stage.attempts > 1 && (
            <Text size="sm" c="dimmed">
              {words.attempts(stage.attempts)}
            </Text>
          )}
          <Badge color={COLORS[stage.state]} variant="filled" tt="none">
            {words.states[stage.state]}
          </Badge>
        </Group>
      </Group>
      {stage.state === 'running' && (
        <Progress value={Math.max(4, stage.progress * 100)} animated mt={6} aria-label={words[stage.stage]} />
      )}
      {stage.error !== undefined && stage.state === 'done' && (
        <Text size="sm" c="orange.9" mt={4} data-testid="stage-note">
          {words.without(stage.error.message)}
        </Text>
      )}
      {stage.error !== undefined && stage.state !== 'not_configured' && stage.state !== 'done' && (
        <Text size="sm" c="red.9" mt={4}>
          {stage.error.message}
          {stage.error.retryAt === undefined ? '' : ` ${words.retryAt(timeText(stage.error.retryAt, language))}`}
        </Text>
      )}
    </li>
  );
};
