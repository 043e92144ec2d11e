// One page of a study in the form: its title, its text and its questions. Holds nothing: every change goes up.
import { Button, Group, Paper, SimpleGrid, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTexts } from '../../i18n/i18n.tsx';
import { MarkdownText } from '../../ui/MarkdownText.tsx';
import { errorAt, type FieldError } from './field-errors.ts';
import { ListTools } from './ListTools.tsx';
import { QuestionEditor } from './QuestionEditor.tsx';
import { moved, type PageDraft, type QuestionDraft } from './study-draft.ts';

interface PageEditorProps {
  readonly page: PageDraft;
  readonly at: number;
  readonly count: number;
  readonly errors: readonly FieldError[];
  readonly onChange: (page: PageDraft) => void;
  readonly onMove: (by: -1 | 1) => void;
  /** Absent for the only page: a study has at least one. */
  readonly onRemove?: () => void;
  readonly makeQuestion: () => QuestionDraft;
}

export const PageEditor = ({ page, at, count, errors, onChange, onMove, onRemove, makeQuestion }: PageEditorProps) => {
  const words = useTexts().console.form;
  const path = `pages.${at}`;
  const name = words.page(at + 1);
  const setQuestions = (questions: readonly QuestionDraft[]) => onChange({ ...page, questions });
  return (
    <Paper className="card" component="section" aria-label={name} data-testid={`page-editor-${at}`}>
      <Group justify="space-between" mb="sm">
        <Title order={3} size="h4">
          {name}
        </Title>
        <ListTools
          what={name}
          isFirst={at === 0}
          isLast={at === count - 1}
          onMove={onMove}
          {...(onRemove === undefined ? {} : { onRemove })}
        />
      </Group>
      <Stack>
        <TextInput
          label={words.pageTitle}
          value={page.title}
          onChange={(event) => onChange({ ...page, title: event.currentTarget.value })}
          error={errorAt(errors, `${path}.title`)}
          data-testid="page-title-input"
        />
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Textarea
            label={words.body}
            description={words.bodyHint}
            autosize
            minRows={6}
            maxRows={24}
            value={page.body}
            onChange={(event) => onChange({ ...page, body: event.currentTarget.value })}
            error={errorAt(errors, `${path}.body`)}
            data-testid="page-body-input"
          />
          <div>
            <Text fw={500}>{words.preview}</Text>
            <div className="preview">
              {page.body.trim() === '' ? (
                <Text c="dimmed">{words.previewEmpty}</Text>
              ) : (
                <MarkdownText text={page.body} />
              )}
            </div>
          </div>
        </SimpleGrid>
        {page.questions.map((question, index) => (
          <QuestionEditor
            key={question.key}
            question={question}
            at={index}
            count={page.questions.length}
            path={`${path}.questions.${index}`}
            errors={errors}
            onChange={(next) => setQuestions(page.questions.map((one) => (one.key === next.key ? next : one)))}
            onMove={(by) => setQuestions(moved(page.questions, index, by))}
            onRemove={() => setQuestions(page.questions.filter((one) => one.key !== question.key))}
          />
        ))}
        <Button
          variant="light"
          leftSection={<IconPlus size={18} aria-hidden />}
          onClick={() => setQuestions([...page.questions, makeQuestion()])}
          className="self-start"
          data-testid="add-question"
        >
          {words.addQuestion}
        </Button>
      </Stack>
    </Paper>
  );
};
