// A refused join, in words at the field that it is about. What is about no field of the form cannot be put right there: then
// the words are about the link.
import { ApiRefusal } from '../../client/index.ts';
import type { Texts } from '../i18n/texts.en.ts';
import { codeOf, failureText } from '../ui/failure.ts';
import type { EntryErrors } from './JoinForm.tsx';

/** The first part of the path of each problem that the server listed. */
const fieldsOf = (failure: unknown): ReadonlySet<string> => {
  const details = failure instanceof ApiRefusal ? (failure.details as { issues?: unknown } | undefined) : undefined;
  const issues = Array.isArray(details?.issues) ? (details.issues as ({ path?: unknown } | null)[]) : [];
  return new Set(issues.map((issue) => String(issue?.path).split('.')[0] ?? ''));
};

export const entryErrorsOf = (failure: unknown, texts: Texts): EntryErrors => {
  const words = texts.join;
  switch (codeOf(failure)) {
    case 'wrong_pin':
      return { pin: words.pinWrong };
    case 'consent_required':
      return { consent: words.consentMissing };
    case 'invalid_request': {
      const fields = fieldsOf(failure);
      if (fields.has('nickname')) return { nickname: words.nicknameUnusable };
      if (fields.has('pin')) return { pin: words.pinWrong };
      if (fields.has('consent')) return { consent: words.consentMissing };
      return { form: words.linkBroken };
    }
    default:
      return { form: failureText(failure, texts) };
  }
};
