// The door of the console: takes a researcher's key and tries it before anything is shown.
import { Button, Checkbox, Paper, PasswordInput, Stack, Title } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { createResearcherApi } from '../../../client/index.ts';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { codeOf, failureText } from '../../ui/failure.ts';
import { LanguageSwitch } from '../../ui/LanguageSwitch.tsx';
import { Shell } from '../../ui/Shell.tsx';

interface SignInProps {
  readonly isExpired: boolean;
  readonly onSignedIn: (key: string, isRemembered: boolean) => void;
}

export const SignIn = ({ isExpired, onSignedIn }: SignInProps) => {
  const texts = useTexts();
  const words = texts.console.signIn;
  const { language } = useLanguage();
  const [key, setKey] = useState('');
  const [isRemembered, setRemembered] = useState(false);
  const [error, setError] = useState<string | undefined>(isExpired ? words.expired : undefined);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const refuse = (message: string) => {
    setError(message);
    setBusy(false);
    field.current?.focus();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const typed = key.trim();
    if (typed === '') {
      refuse(words.missing);
      return;
    }
    setBusy(true);
    try {
      // Any researcher route tells a good key from a bad one.
      await createResearcherApi({ serverUrl: '', key: typed, language }).studies();
      onSignedIn(typed, isRemembered);
    } catch (failure) {
      const code = codeOf(failure);
      refuse(code === 'unauthorized' || code === 'forbidden' ? words.wrong : failureText(failure, texts));
    }
  };

  return (
    <Shell title={texts.console.title} right={<LanguageSwitch />}>
      <Paper component="form" className="step-card" onSubmit={submit} noValidate mt="xl">
        <Title order={1} size="h2">
          {words.title}
        </Title>
        <Stack>
          <PasswordInput
            ref={field}
            label={words.key}
            description={words.hint}
            value={key}
            onChange={(event) => {
              setKey(event.currentTarget.value);
              setError(undefined);
            }}
            error={error}
            autoComplete="current-password"
            data-testid="key-input"
          />
          <Checkbox
            label={words.remember}
            checked={isRemembered}
            onChange={(event) => setRemembered(event.currentTarget.checked)}
            classNames={{ body: 'touch-choice' }}
          />
        </Stack>
        <Button type="submit" size="lg" fullWidth loading={isBusy} data-testid="sign-in-button">
          {words.submit}
        </Button>
      </Paper>
    </Shell>
  );
};
