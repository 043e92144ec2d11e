// Asks whoever comes without a link for the code of a room.
import { Anchor, Button, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { type FormEvent, useRef, useState } from 'react';
import { useTexts } from '../i18n/i18n.tsx';
import { LanguageSwitch } from '../ui/LanguageSwitch.tsx';
import { Logo } from '../ui/Logo.tsx';
import { navigate } from '../ui/router.tsx';
import { Shell } from '../ui/Shell.tsx';
import { tidyCode } from './seat-memory.ts';

/** A whole invitation link pasted into the field works like its code. */
const codeIn = (typed: string): string => {
  const link = /\/(?:j|join)\/([^/?#\s]+)/.exec(typed);
  return tidyCode(link?.[1] ?? typed);
};

export const StartPage = () => {
  const texts = useTexts();
  const [code, setCode] = useState('');
  const [isMissing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tidy = codeIn(code);
    if (tidy === '') {
      setMissing(true);
      field.current?.focus();
      return;
    }
    navigate(`/j/${encodeURIComponent(tidy)}${window.location.search}`);
  };

  return (
    <Shell right={<LanguageSwitch />}>
      <Stack align="center" gap="lg" pt={{ base: 'md', sm: 'xl' }}>
        <Logo size={96} />
        <Text c="dimmed">{texts.common.tagline}</Text>
        <Paper component="form" onSubmit={submit} className="step-card" noValidate>
          <Title order={1} size="h2">
            {texts.start.title}
          </Title>
          <TextInput
            ref={field}
            size="xl"
            label={texts.start.code}
            description={texts.start.intro}
            value={code}
            onChange={(event) => {
              setCode(event.currentTarget.value);
              setMissing(false);
            }}
            error={isMissing ? texts.start.codeMissing : undefined}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            data-testid="code-input"
            classNames={{ input: 'code-input' }}
          />
          <Button
            type="submit"
            size="lg"
            fullWidth
            data-testid="code-button"
            rightSection={<IconArrowRight size={20} aria-hidden />}
          >
            {texts.start.next}
          </Button>
        </Paper>
        <Anchor href="/console" size="sm" className="touch-link">
          {texts.start.researcher}
        </Anchor>
      </Stack>
    </Shell>
  );
};
