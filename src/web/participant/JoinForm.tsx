// Name, PIN and consent. Problems are shown at their field, and the first such field gets the focus.
import { Button, Checkbox, Fieldset, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconArrowRight, IconMicrophone } from '@tabler/icons-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { JoinInfo } from '../../protocol/join-answers.ts';
import { useTexts } from '../i18n/i18n.tsx';

export interface Entry {
  readonly nickname: string;
  readonly pin: string;
  readonly consent: readonly string[];
}
export interface EntryErrors {
  readonly nickname?: string;
  readonly pin?: string;
  readonly consent?: string;
  /** Of no field. */
  readonly form?: string;
}

interface JoinFormProps {
  readonly info: JoinInfo;
  readonly entry: Entry;
  /** What the server said to the last attempt. */
  readonly refusal: EntryErrors;
  readonly isBusy: boolean;
  readonly onSubmit: (entry: Entry) => void;
}

export const JoinForm = ({ info, entry, refusal, isBusy, onSubmit }: JoinFormProps) => {
  const texts = useTexts();
  const [nickname, setNickname] = useState(entry.nickname);
  const [pin, setPin] = useState(entry.pin);
  const [consent, setConsent] = useState<readonly string[]>(entry.consent);
  const [errors, setErrors] = useState<EntryErrors>(refusal);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => setErrors(refusal), [refusal]);
  useEffect(() => {
    const first = errors.nickname ? 'nickname' : errors.pin ? 'pin' : errors.consent ? 'consent' : undefined;
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`[data-field="${first}"]`)?.focus();
  }, [errors]);

  const problemsOf = (): EntryErrors => {
    const length = [...nickname.trim()].length;
    const missing = info.consent.some((item) => item.required && !consent.includes(item.id));
    return {
      ...(length === 0 ? { nickname: texts.join.nicknameMissing } : {}),
      ...(length > 40 ? { nickname: texts.join.nicknameLong } : {}),
      ...(info.pinRequired && pin.trim() === '' ? { pin: texts.join.pinMissing } : {}),
      ...(missing ? { consent: texts.join.consentMissing } : {}),
    };
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    const problems = problemsOf();
    setErrors(problems);
    if (Object.keys(problems).length === 0) onSubmit({ nickname: nickname.trim(), pin: pin.trim(), consent });
  };

  return (
    <Paper component="form" onSubmit={submit} className="step-card" noValidate ref={form}>
      <div>
        <Text size="sm" c="dimmed">
          {texts.join.room(info.code)} · {texts.join.steps(1, 2)}
        </Text>
        <Title order={1} size="h2">
          {info.title}
        </Title>
      </div>
      <TextInput
        size="lg"
        label={texts.join.nickname}
        description={texts.join.nicknameHint}
        value={nickname}
        onChange={(event) => setNickname(event.currentTarget.value)}
        error={errors.nickname}
        autoComplete="nickname"
        data-field="nickname"
        data-testid="nickname-input"
      />
      {info.pinRequired && (
        <PasswordInput
          size="lg"
          label={texts.join.pin}
          value={pin}
          onChange={(event) => setPin(event.currentTarget.value)}
          error={errors.pin}
          autoComplete="off"
          data-field="pin"
          data-testid="pin-input"
        />
      )}
      {info.consent.length > 0 && (
        <Fieldset legend={texts.join.consent} radius="md">
          <Stack gap="md">
            {info.consent.map((item) => (
              <Checkbox
                key={item.id}
                size="md"
                label={item.required ? item.text : `${item.text} (${texts.join.optional})`}
                checked={consent.includes(item.id)}
                onChange={(event) =>
                  setConsent(
                    event.currentTarget.checked ? [...consent, item.id] : consent.filter((id) => id !== item.id),
                  )
                }
                error={errors.consent !== undefined && item.required && !consent.includes(item.id)}
                data-field={item.required && !consent.includes(item.id) ? 'consent' : undefined}
                data-testid={`consent-${item.id}`}
                classNames={{ body: 'touch-choice' }}
              />
            ))}
            {errors.consent !== undefined && (
              <Text c="red.9" role="alert">
                {errors.consent}
              </Text>
            )}
          </Stack>
        </Fieldset>
      )}
      {info.record && (
        <Group gap="xs" wrap="nowrap" c="dimmed">
          <IconMicrophone size={18} aria-hidden />
          <Text size="sm">{texts.join.recorded}</Text>
        </Group>
      )}
      {errors.form !== undefined && (
        <Text c="red.9" role="alert" data-testid="join-error">
          {errors.form}
        </Text>
      )}
      <Button
        type="submit"
        size="lg"
        fullWidth
        loading={isBusy}
        rightSection={<IconArrowRight size={20} aria-hidden />}
        data-testid="join-button"
      >
        {texts.join.next}
      </Button>
    </Paper>
  );
};
