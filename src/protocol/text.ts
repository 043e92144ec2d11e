// Text that every store can keep: PostgreSQL's jsonb refuses NUL and lone surrogates, so both are refused at the door.
import { z } from 'zod';

/** True when the text holds neither NUL nor half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

export const NOT_STORABLE = 'must not contain NUL or broken characters';

export const codePointsOf = (text: string): number => [...text].length;

/** A string of `min` to `max` code points that can be stored. */
export const storableText = (min: number, max: number) =>
  z
    .string()
    .max(max * 2)
    .refine((text) => {
      const length = codePointsOf(text);
      return length >= min && length <= max;
    }, `must have ${min} to ${max} characters`)
    .refine(isStorableText, NOT_STORABLE);

/** An id made by the server: opaque to everybody else. */
export const idSchema = z.string().min(1).max(100).refine(isStorableText, NOT_STORABLE);
