// Writes a study: new, or as the next version of one. What the server complains about is shown at its field.
import { Alert, Button, Group, List, Paper, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconPlus } from '@tabler/icons-react';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { StudyAnswer } from '../../../protocol/study-answers.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { LANGUAGE_CHOICES } from '../../ui/LanguageSwitch.tsx';
import { navigate } from '../../ui/router.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { useApi } from '../frame/session.tsx';
import { useAction } from '../frame/use-action.ts';
import { useRequest } from '../frame/use-request.ts';
import { DraftOffer } from './DraftOffer.tsx';
import { errorAt, type FieldError, fieldErrorsOf } from './field-errors.ts';
import { PageEditor } from './PageEditor.tsx';
import { SettingsEditor } from './SettingsEditor.tsx';
import { dropDraft, readDraft } from './stored-draft.ts';
import {
  draftOf,
  emptyFieldsOf,
  moved,
  newPage,
  newQuestion,
  newStudy,
  type StudyDraft,
  studyInputOf,
  studyPatchOf,
} from './study-draft.ts';
import { useUnsaved } from './use-unsaved.ts';
import { whereText } from './where-text.ts';

export const NewStudyPage = () => {
  const api = useApi();
  const { language } = useLanguage();
  const [draft] = useState(() => newStudy(language));
  return <StudyForm initial={draft} onSave={(next) => api.createStudy(studyInputOf(next))} />;
};

export const EditStudyPage = ({ studyId }: { studyId: string }) => {
  const api = useApi();
  const request = useRequest(useCallback(() => api.study(studyId), [api, studyId]));
  return (
    <Loaded request={request}>
      {(study) => (
        <StudyForm
          initial={draftOf(study)}
          studyId={studyId}
          onSave={(next) => api.patchStudy(studyId, studyPatchOf(next))}
        />
      )}
    </Loaded>
  );
};

interface StudyFormProps {
  readonly initial: StudyDraft;
  /** Absent: it is a new one. */
  readonly studyId?: string;
  readonly onSave: (draft: StudyDraft) => Promise<StudyAnswer>;
}

const StudyForm = (props: StudyFormProps) => {
  const { studyId, initial } = props;
  const [kept, setKept] = useState(() => readDraft(studyId));
  const [taken, setTaken] = useState<StudyDraft>();
  if (kept !== undefined && taken === undefined) {
    const drop = () => {
      dropDraft(studyId);
      setKept(undefined);
    };
    return <DraftOffer savedAt={kept.savedAt} onUse={() => setTaken(kept.draft)} onDrop={drop} />;
  }
  return <Fields {...props} initial={taken ?? initial} isUnsaved={taken !== undefined} />;
};

const Fields = ({ initial, studyId, onSave, isUnsaved }: StudyFormProps & { readonly isUnsaved: boolean }) => {
  const isNew = studyId === undefined;
  const texts = useTexts();
  const words = texts.console.form;
  const action = useAction();
  const [draft, setDraft] = useState(initial);
  const [isChanged, setChanged] = useState(isUnsaved);
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const problem = errors.length > 0 ? words.problems : action.failure;
  const problems = useRef<HTMLDivElement>(null);

  useUnsaved({ studyId, draft, isChanged, question: words.leave, questionForGood: words.leaveForGood });
  useEffect(() => {
    if (problem !== undefined) problems.current?.focus();
  }, [problem]);

  const change = (next: Partial<StudyDraft>) => {
    setDraft((before) => ({ ...before, ...next }));
    setChanged(true);
  };

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const empty = emptyFieldsOf(draft);
    setErrors(empty.map((path) => ({ path, message: words.empty })));
    if (empty.length > 0) {
      problems.current?.focus();
      return;
    }
    await action.run(
      async () => {
        const study = await onSave(draft);
        dropDraft(studyId);
        // Nothing is unsaved any more, and nobody is to be asked.
        flushSync(() => setChanged(false));
        navigate(`/console/studies/${study.id}`);
      },
      (_, reason) => setErrors(fieldErrorsOf(reason)),
    );
  };

  return (
    <form onSubmit={save} noValidate>
      <Stack gap="lg">
        <div>
          <Title order={1} size="h2">
            {isNew ? words.newTitle : words.editTitle}
          </Title>
          {!isNew && <Text c="dimmed">{words.editNote}</Text>}
        </div>
        {problem !== undefined && (
          <Alert
            color="red"
            icon={<IconAlertTriangle aria-hidden />}
            title={problem}
            role="alert"
            tabIndex={-1}
            ref={problems}
            data-testid="study-problems"
          >
            {errors.length > 0 && (
              <List size="sm">
                {errors.map((error) => (
                  <List.Item key={`${error.path} ${error.message}`}>
                    {whereText(error.path, words)}: {error.message}
                  </List.Item>
                ))}
              </List>
            )}
          </Alert>
        )}
        <Paper className="card">
          <Stack>
            <TextInput
              label={words.title}
              size="lg"
              value={draft.title}
              onChange={(event) => change({ title: event.currentTarget.value })}
              error={errorAt(errors, 'title')}
              required
              data-testid="study-title"
            />
            <div>
              <Text fw={500} id="study-language" mb={4}>
                {words.language}
              </Text>
              <SegmentedControl
                aria-labelledby="study-language"
                value={draft.language}
                onChange={(value) => change({ language: value as StudyDraft['language'] })}
                data={LANGUAGE_CHOICES}
              />
            </div>
          </Stack>
        </Paper>
        <Title order={2} size="h3">
          {words.pages}
        </Title>
        {draft.pages.map((page, at) => (
          <PageEditor
            key={page.key}
            page={page}
            at={at}
            count={draft.pages.length}
            errors={errors}
            makeQuestion={() => newQuestion(draft.pages)}
            onChange={(next) => change({ pages: draft.pages.map((one) => (one.key === next.key ? next : one)) })}
            onMove={(by) => change({ pages: moved(draft.pages, at, by) })}
            {...(draft.pages.length > 1
              ? { onRemove: () => change({ pages: draft.pages.filter((one) => one.key !== page.key) }) }
              : {})}
          />
        ))}
        <Button
          variant="light"
          leftSection={<IconPlus size={18} aria-hidden />}
          onClick={() => change({ pages: [...draft.pages, newPage()] })}
          className="self-start"
          data-testid="add-page"
        >
          {words.addPage}
        </Button>
        <SettingsEditor settings={draft.settings} errors={errors} onChange={(settings) => change({ settings })} />
        <Group justify="flex-end" className="save-bar">
          {isChanged && (
            <Text c="dimmed" visibleFrom="sm">
              {words.unsaved}
            </Text>
          )}
          <Button variant="default" onClick={() => window.history.back()}>
            {texts.common.cancel}
          </Button>
          <Button type="submit" size="lg" loading={action.isBusy} data-testid="save-study">
            {isNew ? words.save : words.saveVersion}
          </Button>
        </Group>
      </Stack>
    </form>
  );
};
