// Copies a text; without a clipboard (plain http, old in-app browsers) it falls back to a selected field.
import { Button, type ButtonProps } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTexts } from '../i18n/i18n.tsx';

const copyText = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.style.position = 'fixed';
    field.style.opacity = '0';
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    return copied;
  }
};

interface CopyButtonProps extends ButtonProps {
  readonly text: string;
  readonly label?: string;
  /** Said to screen readers instead of the label, to tell equal buttons apart. */
  readonly description?: string;
}

export const CopyButton = ({ text, label, description, ...rest }: CopyButtonProps) => {
  const texts = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      variant="default"
      leftSection={copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
      {...rest}
      {...(description === undefined ? {} : { 'aria-label': copied ? texts.common.copied : description })}
      onClick={() => void copyText(text).then(setCopied)}
    >
      <span aria-live="polite">{copied ? texts.common.copied : (label ?? texts.common.copy)}</span>
    </Button>
  );
};
