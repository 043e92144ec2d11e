// While edits are unsaved: nobody leaves the form without being asked, by whatever way, and the edits are kept in this browser.
import { useEffect, useRef } from 'react';
import { guardLeaving } from '../../ui/router.tsx';
import { writeDraft } from './stored-draft.ts';
import type { StudyDraft } from './study-draft.ts';

/** Typing goes on meanwhile, and a study may hold pasted pictures. */
const KEEP_AFTER_MS = 300;

export const useUnsaved = (options: {
  readonly studyId: string | undefined;
  readonly draft: StudyDraft;
  readonly isChanged: boolean;
  readonly question: string;
  /** Where the browser keeps no draft. */
  readonly questionForGood: string;
}): void => {
  const { studyId, draft, isChanged, question, questionForGood } = options;
  const latest = useRef(draft);
  latest.current = draft;

  useEffect(() => {
    if (!isChanged) return;
    const keep = () => writeDraft(studyId, latest.current);
    const warn = (event: BeforeUnloadEvent) => {
      keep();
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    const unguard = guardLeaving(() => window.confirm(keep() ? question : questionForGood));
    return () => {
      window.removeEventListener('beforeunload', warn);
      unguard();
    };
  }, [studyId, isChanged, question, questionForGood]);

  useEffect(() => {
    if (!isChanged) return;
    const timer = setTimeout(() => writeDraft(studyId, draft), KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [studyId, draft, isChanged]);
};
