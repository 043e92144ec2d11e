// The settings of a study in the form, in the units that people think in. Holds nothing: every change goes up.
import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Paper,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTexts } from '../../i18n/i18n.tsx';
import { errorAt, type FieldError } from './field-errors.ts';
import { ListTools } from './ListTools.tsx';
import { moved, newConsent, type SettingsDraft } from './study-draft.ts';

interface SettingsEditorProps {
  readonly settings: SettingsDraft;
  readonly errors: readonly FieldError[];
  readonly onChange: (settings: SettingsDraft) => void;
}

export const SettingsEditor = ({ settings, errors, onChange }: SettingsEditorProps) => {
  const words = useTexts().console.form;
  const number = (
    field: 'roomSize' | 'countdownSeconds' | 'graceSeconds' | 'roomTtlHours' | 'uploadTimeoutMinutes',
    label: string,
    path: string,
    isWhole = false,
  ) => (
    <NumberInput
      label={label}
      value={settings[field]}
      min={0}
      allowDecimal={!isWhole}
      onChange={(value) => {
        if (typeof value === 'number') onChange({ ...settings, [field]: value });
      }}
      error={errorAt(errors, `settings.${path}`)}
    />
  );
  const optionalNumber = (field: 'timeLimitMinutes', label: string, hint: string) => (
    <NumberInput
      label={label}
      description={hint}
      value={settings[field]}
      min={0}
      onChange={(value) => onChange({ ...settings, [field]: typeof value === 'number' ? value : '' })}
      error={errorAt(errors, `settings.${field}`)}
    />
  );
  const text = (field: 'pin' | 'completionUrl', label: string, hint: string) => (
    <TextInput
      label={label}
      description={hint}
      value={settings[field]}
      onChange={(event) => onChange({ ...settings, [field]: event.currentTarget.value })}
      error={errorAt(errors, `settings.${field}`)}
      autoComplete="off"
    />
  );
  return (
    <Paper className="card" component="section" aria-label={words.settings}>
      <Title order={2} size="h3" mb="md">
        {words.settings}
      </Title>
      <Stack gap="lg">
        <Switch
          label={words.record}
          size="md"
          checked={settings.record}
          onChange={(event) => onChange({ ...settings, record: event.currentTarget.checked })}
          classNames={{ body: 'touch-choice' }}
        />
        <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} className="align-end">
          {number('roomSize', words.roomSize, 'roomSize', true)}
          {number('countdownSeconds', words.countdown, 'countdownMs')}
          {number('graceSeconds', words.grace, 'graceMs')}
          {number('roomTtlHours', words.ttl, 'roomTtlMinutes')}
          {number('uploadTimeoutMinutes', words.uploadTimeout, 'uploadTimeoutMs')}
          {optionalNumber('timeLimitMinutes', words.timeLimit, words.noLimit)}
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, sm: 2 }} className="align-end">
          {text('pin', words.pin, words.pinHint)}
          {text('completionUrl', words.completionUrl, words.completionHint)}
        </SimpleGrid>
        <ConsentEditor settings={settings} errors={errors} onChange={onChange} />
      </Stack>
    </Paper>
  );
};

const ConsentEditor = ({ settings, errors, onChange }: SettingsEditorProps) => {
  const words = useTexts().console.form;
  const setConsent = (consent: SettingsDraft['consent']) => onChange({ ...settings, consent });
  return (
    <section aria-label={words.consent}>
      <Title order={3} size="h5" mb="xs">
        {words.consent}
      </Title>
      <Stack>
        {settings.consent.map((item, at) => {
          const name = `${words.consent} ${at + 1}`;
          const change = (next: Partial<typeof item>) =>
            setConsent(settings.consent.map((one) => (one.key === item.key ? { ...one, ...next } : one)));
          return (
            <Paper key={item.key} className="card nested" component="section" aria-label={name}>
              <Stack gap="sm">
                <Textarea
                  label={words.consentText}
                  autosize
                  minRows={2}
                  value={item.text}
                  onChange={(event) => change({ text: event.currentTarget.value })}
                  error={errorAt(errors, `settings.consent.${at}.text`)}
                  required
                />
                <TextInput
                  label={words.questionId}
                  value={item.id}
                  onChange={(event) => change({ id: event.currentTarget.value })}
                  error={errorAt(errors, `settings.consent.${at}.id`)}
                  required
                />
                <Group justify="space-between">
                  <Checkbox
                    label={words.consentRequired}
                    checked={item.required}
                    onChange={(event) => change({ required: event.currentTarget.checked })}
                    classNames={{ body: 'touch-choice' }}
                  />
                  <ListTools
                    what={name}
                    isFirst={at === 0}
                    isLast={at === settings.consent.length - 1}
                    onMove={(by) => setConsent(moved(settings.consent, at, by))}
                    onRemove={() => setConsent(settings.consent.filter((one) => one.key !== item.key))}
                  />
                </Group>
              </Stack>
            </Paper>
          );
        })}
        <Button
          variant="light"
          leftSection={<IconPlus size={18} aria-hidden />}
          onClick={() => setConsent([...settings.consent, newConsent(settings.consent)])}
          className="self-start"
        >
          {words.addConsent}
        </Button>
      </Stack>
    </section>
  );
};
