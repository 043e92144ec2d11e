// Finds out which form of answer a service supports: the best form is asked for first, a simpler one when it is refused, and the
// form that worked is remembered [JB23].
import type { ServiceForms } from '../../jobs/ports.ts';
import { ServiceFault } from '../../jobs/service-fault.ts';

/** Words by which services tell that it is the form they do not take, and not the request itself. */
const ABOUT_FORM = /response_?format|verbose_json|json_schema|json_object|structured|timestamp_granularit/i;

export const createAnswerForms = <Form extends string>(
  /** Best first. */
  forms: readonly [Form, ...Form[]],
  service: string,
  memory: ServiceForms | undefined,
) => {
  let known: Form | undefined;

  const start = async (): Promise<number> => {
    // The memory forgets in time, so that a worker which lives long finds out what a service has learned.
    const remembered = memory ? await memory.form(service) : known;
    known = forms.find((form) => form === remembered);
    return known === undefined ? 0 : forms.indexOf(known);
  };

  return async <Answer>(ask: (form: Form) => Promise<Answer>): Promise<Answer> => {
    const first = await start();
    for (let index = first; ; index += 1) {
      const form = forms[index] ?? forms[0];
      try {
        const answer = await ask(form);
        if (form !== known && index > 0) await memory?.learn(service, form);
        known = form;
        return answer;
      } catch (error) {
        const isAboutForm =
          error instanceof ServiceFault && error.kind === 'rejected' && ABOUT_FORM.test(error.message);
        if (!isAboutForm || index + 1 >= forms.length) throw error;
      }
    }
  };
};
