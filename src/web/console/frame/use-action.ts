// One thing that the researcher does: whether it runs, and what it failed with, in words. A key that the server no longer takes
// signs out. Whatever changes something on the server goes through it.
import { useCallback, useState } from 'react';
import { useTexts } from '../../i18n/i18n.tsx';
import { codeOf, failureText } from '../../ui/failure.ts';
import { useSession } from './session.tsx';

/** For what is to be told in another way than by `failure`. */
type OnFailure = (text: string, reason: unknown) => void;

export const useAction = () => {
  const texts = useTexts();
  const { signOut } = useSession();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  const run = useCallback(
    async (action: () => Promise<void>, onFailure?: OnFailure): Promise<void> => {
      setBusy(true);
      setFailure(undefined);
      try {
        await action();
      } catch (reason) {
        if (codeOf(reason) === 'unauthorized') signOut(true);
        const text = failureText(reason, texts);
        setFailure(text);
        onFailure?.(text, reason);
      } finally {
        setBusy(false);
      }
    },
    [texts, signOut],
  );
  return { isBusy, failure, run };
};
