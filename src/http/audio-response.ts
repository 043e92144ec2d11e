// Audio as HTTP serves files: whole, or one range of bytes, streamed as it is read.

import type { Audio } from '../recordings/audio.ts';
import { byteRangeOf } from '../recordings/byte-range.ts';
import type { ByteRange, StoredRecording } from '../recordings/ports.ts';
import type { HttpContext } from './context.ts';
import { refusalResponse } from './refusals.ts';

/** The type came from a participant's browser: only audio types may be passed on to a researcher's browser. */
const typeOf = (mimeType: string): string =>
  /^audio\/[A-Za-z0-9.+-]+(\s*;[\x20-\x7e]*)?$/.test(mimeType) ? mimeType : 'application/octet-stream';

/** Nothing is read before the reader asks: a HEAD request opens no file. */
const streamOf = (audio: Audio, range?: ByteRange): ReadableStream<Uint8Array> => {
  const source = audio.open(range)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // Closes the file that is being read.
      cancel: async () => void (await source.return?.()),
    },
    { highWaterMark: 0 },
  );
};

export const audioResponse = (c: HttpContext, recording: StoredRecording, audio: Audio): Response => {
  const { size } = audio;
  c.header('accept-ranges', 'bytes');
  c.header('content-type', typeOf(recording.mimeType));
  // While chunks are still coming the file grows: only a complete one can be named.
  const tag = recording.digest === undefined ? undefined : `"${recording.digest}"`;
  if (tag) c.header('etag', tag);
  c.header('cache-control', 'private, no-cache');

  const condition = c.req.header('if-range');
  const range = condition === undefined || condition === tag ? byteRangeOf(c.req.header('range'), size) : 'whole';
  if (range === 'unsatisfiable') {
    c.header('content-range', `bytes */${size}`);
    return refusalResponse(c, { code: 'range_not_satisfiable', details: { size } });
  }
  if (range === 'whole') return c.body(streamOf(audio), 200, { 'content-length': String(size) });
  return c.body(streamOf(audio, range), 206, {
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  });
};
