// One question of a page in the form: its kind, its words and its answers. Holds nothing: every change goes up.
import {
  Checkbox,
  Group,
  NumberInput,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useTexts } from '../../i18n/i18n.tsx';
import { errorAt, type FieldError } from './field-errors.ts';
import { ListTools } from './ListTools.tsx';
import type { QuestionDraft, QuestionKind } from './study-draft.ts';

interface QuestionEditorProps {
  readonly question: QuestionDraft;
  readonly at: number;
  readonly count: number;
  readonly path: string;
  readonly errors: readonly FieldError[];
  readonly onChange: (question: QuestionDraft) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRemove: () => void;
}

const KINDS: readonly QuestionKind[] = ['single', 'multiple', 'scale', 'text'];
const numberOf = (value: string | number, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

export const QuestionEditor = (props: QuestionEditorProps) => {
  const { question, at, count, path, errors, onChange, onMove, onRemove } = props;
  const words = useTexts().console.form;
  const name = words.question(at + 1);
  return (
    <Paper className="card nested" component="section" aria-label={name}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          {name}
        </Title>
        <ListTools what={name} isFirst={at === 0} isLast={at === count - 1} onMove={onMove} onRemove={onRemove} />
      </Group>
      <Stack gap="sm">
        <TextInput
          label={words.prompt}
          value={question.prompt}
          onChange={(event) => onChange({ ...question, prompt: event.currentTarget.value })}
          error={errorAt(errors, `${path}.prompt`)}
          required
          data-testid="question-prompt"
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select
            label={words.kind}
            data={KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
            value={question.kind}
            allowDeselect={false}
            onChange={(kind) => {
              if (kind !== null) onChange({ ...question, kind: kind as QuestionKind });
            }}
            error={errorAt(errors, `${path}.kind`)}
          />
          <TextInput
            label={words.questionId}
            description={words.questionIdHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={question.id}
            onChange={(event) => onChange({ ...question, id: event.currentTarget.value })}
            error={errorAt(errors, `${path}.id`)}
            required
          />
        </SimpleGrid>
        {(question.kind === 'single' || question.kind === 'multiple') && (
          <Textarea
            label={words.options}
            autosize
            minRows={3}
            value={question.options}
            onChange={(event) => onChange({ ...question, options: event.currentTarget.value })}
            error={errorAt(errors, `${path}.options`)}
            required
            data-testid="question-options"
          />
        )}
        {question.kind === 'scale' && (
          <SimpleGrid cols={2}>
            <NumberInput
              label={words.min}
              value={question.min}
              allowDecimal={false}
              onChange={(value) => onChange({ ...question, min: numberOf(value, question.min) })}
              error={errorAt(errors, `${path}.min`)}
            />
            <NumberInput
              label={words.max}
              value={question.max}
              allowDecimal={false}
              onChange={(value) => onChange({ ...question, max: numberOf(value, question.max) })}
              error={errorAt(errors, `${path}.max`)}
            />
          </SimpleGrid>
        )}
        {question.kind === 'text' && (
          <NumberInput
            label={words.maxLength}
            value={question.maxLength}
            min={1}
            allowDecimal={false}
            onChange={(value) => onChange({ ...question, maxLength: numberOf(value, question.maxLength) })}
            error={errorAt(errors, `${path}.maxLength`)}
          />
        )}
        <Checkbox
          label={words.required}
          checked={question.required}
          onChange={(event) => onChange({ ...question, required: event.currentTarget.checked })}
          classNames={{ body: 'touch-choice' }}
        />
      </Stack>
    </Paper>
  );
};
