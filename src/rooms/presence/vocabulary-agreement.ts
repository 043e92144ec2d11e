// Whether all living nodes understand the events that are to be committed. What was agreed stays so: only more than that is asked for.

/** Asks the whole list of nodes, and holds for those who come later. */
export type AgreeOnVocabulary = (vocabulary: number) => Promise<boolean>;

/** `onFirstRefusal` is called once. */
export const createVocabularyAgreement = (
  agree: AgreeOnVocabulary,
  onFirstRefusal: (vocabulary: number) => void,
): AgreeOnVocabulary => {
  let agreed = 1;
  let wasRefused = false;
  return async (vocabulary) => {
    if (vocabulary <= agreed) return true;
    if (!(await agree(vocabulary))) {
      if (!wasRefused) onFirstRefusal(vocabulary);
      wasRefused = true;
      return false;
    }
    agreed = Math.max(agreed, vocabulary);
    return true;
  };
};
