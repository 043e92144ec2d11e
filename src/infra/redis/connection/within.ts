// A promise with a time limit. Whoever comes second, the work or the limit, is nobody's business any more.
const ignore = (): void => {};

export const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  work.catch(ignore);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new Error(`Redis did not answer within ${ms} ms`));
    // After what has come in meanwhile: a process that was too busy to read an answer must not take it for none.
    timer = setTimeout(() => setImmediate(giveUp), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
