// A table as HTTP serves files: a download, written while it is read, so that a long debate costs no more memory than a short one.
import type { HttpContext } from './context.ts';

export const csvHeadersOf = (fileName: string): Record<string, string> => ({
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': `attachment; filename="${fileName}"`,
});

interface CsvFile {
  readonly name: string;
  /** The byte order mark and the names of the columns. */
  readonly head: string;
  /** Whole rows, any number at a time. */
  readonly rows: AsyncIterable<string>;
}

/** The first rows are read before the answer begins: what cannot be read at all is refused and not cut short. */
export const csvResponse = async (c: HttpContext, { name, head, rows }: CsvFile): Promise<Response> => {
  const encoder = new TextEncoder();
  const source = rows[Symbol.asyncIterator]();
  const first = await source.next();
  let text = head + (first.done ? '' : first.value);
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        controller.enqueue(encoder.encode(text));
        const { done, value } = await source.next();
        if (done) controller.close();
        else text = value;
      },
      // Whoever leaves in the middle ends the reading.
      cancel: async () => void (await source.return?.()),
    },
    { highWaterMark: 0 },
  );
  return c.body(stream, 200, csvHeadersOf(name));
};
