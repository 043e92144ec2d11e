import { expect, test } from 'vitest';
import { ServiceFault } from '../../jobs/service-fault.ts';
import { createAnswerForms } from './answer-forms.ts';

test('[JB23] what was found out is asked for anew when the memory has forgotten it, also by the same worker', async () => {
  const known = new Map<string, string>();
  const memory = {
    form: async (service: string) => known.get(service),
    learn: async (service: string, form: string) => void known.set(service, form),
  };
  const inBestForm = createAnswerForms(['verbose_json', 'json'], 'speech', memory);
  let able: readonly string[] = ['json'];
  const asked: string[] = [];
  const ask = async (form: string) => {
    asked.push(form);
    if (!able.includes(form)) throw new ServiceFault('rejected', 'response_format is not supported');
    return form;
  };
  expect(await inBestForm(ask)).toBe('json');
  expect(await inBestForm(ask)).toBe('json');
  expect(asked).toEqual(['verbose_json', 'json', 'json']);
  // A week later.
  known.clear();
  able = ['verbose_json', 'json'];
  expect(await inBestForm(ask)).toBe('verbose_json');
});
