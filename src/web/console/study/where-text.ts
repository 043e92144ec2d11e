// Names the field of a study that the server complains about, in the words of the form.
import type { Texts } from '../../i18n/texts.en.ts';

type FormWords = Texts['console']['form'];

const labelOf = (field: string | undefined, words: FormWords): string => {
  const labels: Record<string, string> = {
    title: words.pageTitle,
    body: words.body,
    prompt: words.prompt,
    id: words.questionId,
    options: words.options,
    consent: words.consent,
    pin: words.pin,
    completionUrl: words.completionUrl,
  };
  return labels[field ?? ''] ?? field ?? '';
};

/** `pages.0.questions.1.prompt` as people count: Page 1, Question 2, Question. */
export const whereText = (path: string, words: FormWords): string => {
  const [area, page, inner, question, field] = path.split('.');
  if (area === 'title') return words.title;
  if (area === 'settings') return `${words.settings}, ${labelOf(page, words)}`;
  if (area !== 'pages' || page === undefined) return path || '–';
  const where = words.page(Number(page) + 1);
  return inner === 'questions' && question !== undefined
    ? `${where}, ${words.question(Number(question) + 1)}, ${labelOf(field, words)}`
    : `${where}, ${labelOf(inner, words)}`;
};
