// One thing that the researcher does: whether it runs, and what it failed with, in words.
import { useCallback, useState } from 'react';
import { useTexts } from '../../i18n/i18n.tsx';
import { codeOf, failureText } from '../../ui/failure.ts';
import { useSession } from './session.tsx';

export const useAction = () => {
  const texts = useTexts();
  const { signOut } = useSession();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  /** True when it worked. */
  const run = useCallback(
    async (action: () => Promise<void>): Promise<boolean> => {
      setBusy(true);
      setFailure(undefined);
      try {
        await action();
        return true;
      } catch (reason) {
        if (codeOf(reason) === 'unauthorized') signOut(true);
        setFailure(failureText(reason, texts));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [texts, signOut],
  );
  return { isBusy, failure, run };
};
