// A promise with a time limit. What is late, the result or the limit, is ignored; it never becomes an unhandled rejection.
const ignore = (): void => {};

export const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  work.catch(ignore);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new Error(`Redis did not answer within ${ms} ms`));
    // One turn of the event loop later: an answer that has come in while this process was too busy to read it is read first.
    timer = setTimeout(() => setImmediate(giveUp), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
