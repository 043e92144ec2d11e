// Cursors of lists: opaque to callers, the position of the last item to us.
import { isStorableText } from '../protocol/text.ts';
import type { Position } from './ports.ts';

export const cursorOf = ({ createdAt, id }: Position): string =>
  Buffer.from(`${createdAt}:${id}`).toString('base64url');

/** Undefined for what is not one of our cursors. */
export const positionOf = (cursor: string): Position | undefined => {
  const match = /^(\d{1,15}):([^\s]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const [, createdAt, id] = match ?? [];
  return createdAt !== undefined && id !== undefined && isStorableText(id)
    ? { createdAt: Number(createdAt), id }
    : undefined;
};

/** One page of a list that was read with one item more than asked for. */
export const pageOf = <Item extends Position>(
  items: readonly Item[],
  limit: number,
): { readonly items: Item[]; readonly nextCursor?: string } => {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, ...(items.length > limit && last && { nextCursor: cursorOf(last) }) };
};
