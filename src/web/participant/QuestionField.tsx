// One question and one's own answer to it, saved as it is given.
import { Button, Checkbox, Group, Radio, Stack, Text, Textarea } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconLoader } from '@tabler/icons-react';
import type { RoomClient } from '../../client/index.ts';
import type { OwnChoice } from '../../protocol/room-view.ts';
import type { Question } from '../../protocol/study.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { ScaleField } from './ScaleField.tsx';
import { type Answer, useAnswer } from './use-answer.ts';

const TYPING_PAUSE_MS = 800;

interface QuestionFieldProps {
  readonly client: RoomClient;
  readonly question: Question;
  readonly own?: OwnChoice | undefined;
  /** Room clock, where the study has a time limit. */
  readonly endsAt: number | undefined;
}

export const QuestionField = ({ client, question, own, endsAt }: QuestionFieldProps) => {
  const pauseMs = question.kind === 'text' ? TYPING_PAUSE_MS : 0;
  const answer = useAnswer({ client, questionId: question.id, own, pauseMs, endsAt });
  return (
    <div className="question" data-testid={`question-${question.id}`} data-status={answer.status}>
      <Field question={question} answer={answer} />
      <SaveState answer={answer} />
    </div>
  );
};

const Prompt = ({ question }: { question: Question }) => {
  const texts = useTexts();
  return (
    <Text component="span" fw={600} size="lg">
      {question.prompt}
      {question.required === true && (
        <Text component="span" c="red.9" size="sm">
          {' '}
          ({texts.question.required})
        </Text>
      )}
    </Text>
  );
};

const Field = ({ question, answer }: { question: Question; answer: Answer }) => {
  const texts = useTexts();
  switch (question.kind) {
    case 'single':
      return (
        <Radio.Group
          label={<Prompt question={question} />}
          value={typeof answer.value === 'string' ? answer.value : null}
          onChange={answer.change}
        >
          <Stack gap="xs" mt="sm">
            {question.options.map((option) => (
              <Radio key={option} value={option} label={option} size="md" classNames={{ root: 'option' }} />
            ))}
          </Stack>
        </Radio.Group>
      );
    case 'multiple': {
      const chosen = Array.isArray(answer.value) ? answer.value : [];
      return (
        <Checkbox.Group
          label={<Prompt question={question} />}
          size="md"
          description={texts.question.several}
          value={chosen}
          // In the study's order, whatever order they were clicked in.
          onChange={(values) => answer.change(question.options.filter((option) => values.includes(option)))}
        >
          <Stack gap="xs" mt="sm">
            {question.options.map((option) => (
              <Checkbox key={option} value={option} label={option} size="md" classNames={{ root: 'option' }} />
            ))}
          </Stack>
        </Checkbox.Group>
      );
    }
    case 'scale':
      return (
        <ScaleField
          label={<Prompt question={question} />}
          min={question.min}
          max={question.max}
          value={typeof answer.value === 'number' ? answer.value : undefined}
          onChange={answer.change}
        />
      );
    case 'text': {
      const text = typeof answer.value === 'string' ? answer.value : '';
      return (
        <Textarea
          label={<Prompt question={question} />}
          value={text}
          onChange={(event) => answer.change([...event.currentTarget.value].slice(0, question.maxLength).join(''))}
          autosize
          minRows={3}
          maxRows={10}
          description={`${texts.question.characters([...text].length, question.maxLength)} · ${texts.question.savedWhilePausing}`}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
        />
      );
    }
  }
};

const SaveState = ({ answer }: { answer: Answer }) => {
  const texts = useTexts();
  return (
    <div className="save-state" role="status">
      {answer.status === 'saved' && (
        <Group gap={6} c="teal.9">
          <IconCheck size={18} aria-hidden />
          <Text size="sm">{texts.question.saved}</Text>
        </Group>
      )}
      {(answer.status === 'saving' || answer.status === 'unsent') && (
        <Group gap={6} c="dimmed">
          <IconLoader size={18} aria-hidden />
          <Text size="sm">{texts.question.saving}</Text>
        </Group>
      )}
      {answer.status === 'failed' && (
        <Group gap="sm" c="red.9">
          <IconAlertTriangle size={18} aria-hidden />
          <Text size="sm">
            {texts.question.notSaved}
            {answer.message === undefined ? '' : `: ${answer.message}`}
          </Text>
          <Button size="sm" variant="light" color="red" onClick={answer.retry}>
            {texts.question.retry}
          </Button>
        </Group>
      )}
    </div>
  );
};
