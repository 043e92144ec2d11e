// Before the form opens: edits that were never saved, to be taken up or dropped. Not beside the form, where typing would overwrite
// them.
import { Button, Group } from '@mantine/core';
import { IconFileDescription } from '@tabler/icons-react';
import { useLanguage, useTexts } from '../../i18n/i18n.tsx';
import { Notice } from '../../ui/Notice.tsx';

interface DraftOfferProps {
  readonly savedAt: number;
  readonly onUse: () => void;
  readonly onDrop: () => void;
}

export const DraftOffer = ({ savedAt, onUse, onDrop }: DraftOfferProps) => {
  const words = useTexts().console.form;
  const { language } = useLanguage();
  const when = new Date(savedAt).toLocaleString(language);
  return (
    <Notice icon={<IconFileDescription />} title={words.draftTitle} text={words.draftText(when)} testId="draft-offer">
      <Group>
        <Button size="lg" onClick={onUse} data-testid="draft-use">
          {words.draftUse}
        </Button>
        <Button size="lg" variant="default" onClick={onDrop} data-testid="draft-drop">
          {words.draftDrop}
        </Button>
      </Group>
    </Notice>
  );
};
