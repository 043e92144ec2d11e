// A promise with a time limit. Whoever comes second, the work or the limit, is nobody's business any more.
const ignore = (): void => {};

export const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  work.catch(ignore);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
