// What several answers of the REST API are made of. Answers are made by the server and never parsed: each is said once, as a
// schema, for the API's description and for its type.
import { z } from 'zod';

export const instant = z.number().describe('Epoch milliseconds on the room clock');
export const optionalInstant = instant.exactOptional();
export const text = z.string();
export const optionalText = text.exactOptional();
export const count = z.int();

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: optionalText }).readonly();
export type ListAnswer<Item> = z.infer<ReturnType<typeof listOf<z.ZodType<Item>>>>;
