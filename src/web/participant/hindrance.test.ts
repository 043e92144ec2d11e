import { expect, test } from 'vitest';
import { hindranceOf } from './hindrance.ts';

test('[CL15] what could not be captured does not hinder the upload of the rest; what the server refuses does', () => {
  expect(hindranceOf({})).toBeUndefined();
  expect(hindranceOf({ failure: { code: 'capture_failed', message: 'the recorder gives nothing' } })).toBeUndefined();
  expect(hindranceOf({ failure: { code: 'chunks_missing', message: 'Chunks are missing.' } })).toBeUndefined();
  expect(hindranceOf({ failure: { code: 'recording_too_large', message: 'Too large.' } })).toBe('Too large.');
});
